"use strict";
// Keys for those who clear many cases. The pages work without this: a key only presses the button that shows it.
// WCAG 2.1.4: the keys can be switched off, and none of them works while something is being typed.
const root = document.documentElement;
const toggle = document.getElementById("keys");
const OFF = "staff-keys-off";
const PRESSED = "staff-key-pressed";
const TWICE = 250; // milliseconds: quicker than that is one press of a nervous hand
let pressed = false;

function wanted() {
  try { return localStorage.getItem(OFF) !== "yes"; } catch { return true; }
}

// true where a key was pressed a moment ago, be it on the page before: it must not decide on a case that nobody has seen yet
function justPressed() {
  try {
    const before = Number(sessionStorage.getItem(PRESSED));
    sessionStorage.setItem(PRESSED, String(Date.now()));
    return Date.now() - before < TWICE;
  } catch { return false; }
}

function show() {
  root.dataset.keys = wanted() ? "on" : "off";
}

toggle.addEventListener("click", () => {
  try { wanted() ? localStorage.setItem(OFF, "yes") : localStorage.removeItem(OFF); } catch { return; }
  show();
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  const modified = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
  if (pressed || typing || modified || event.repeat || event.isComposing || root.dataset.keys !== "on") return;
  const control = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!control) return;
  event.preventDefault();
  if (justPressed()) return;
  pressed = true; // one key, one thing done: a second press before the next page is there does nothing
  control.click();
});

addEventListener("pageshow", () => { pressed = false; });
toggle.closest("p").hidden = false;
show();
