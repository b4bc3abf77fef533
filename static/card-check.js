"use strict";
// Asks the card reader software of this computer for its version (SCS), and fills the form in with what came of it.
// The page works without this: then the form brings nothing, and the answers say how to look by oneself.
// What the software answers is judged by the server; here it is only kept short.
const form = document.getElementById("check");
const told = document.getElementById("asking");
const LONGEST = Number(form.dataset.longest);
const PATIENCE = 30000; // milliseconds: the browser may ask the person first
let asking = false;
let done = false;

async function shortText(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (text.length <= LONGEST) {
    const part = await reader.read();
    if (part.done) break;
    text += decoder.decode(part.value, { stream: true });
  }
  reader.cancel().catch(() => {});
  return text.slice(0, LONGEST + 1); // one too many tells the server that there was more
}

async function forbidden() {
  for (const name of ["loopback-network", "local-network-access"]) { // newer Chromium, older Chromium
    try {
      if ((await navigator.permissions.query({ name })).state === "denied") return true;
    } catch { /* this browser knows no such permission */ }
  }
  return false;
}

// Pages aren't told why a request failed. Something that answers without letting pages read it is no reader software.
async function whyNot(how) {
  if (await forbidden()) return "forbidden";
  try {
    await fetch(form.dataset.scs, { ...how, mode: "no-cors", redirect: "follow" }); // no-cors knows no other
    return "withheld";
  } catch { return "not-reached"; }
}

async function ask() {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  const how = { cache: "no-store", credentials: "omit", redirect: "error", signal: stop.signal };
  try {
    const response = await fetch(form.dataset.scs, how);
    return ["answered", response.ok ? await shortText(response) : ""];
  } catch {
    const why = await whyNot(how);
    return [stop.signal.aborted ? "too-slow" : why, ""];
  } finally { clearTimeout(timer); }
}

form.addEventListener("submit", async (event) => {
  if (done) return;
  event.preventDefault();
  if (asking) return; // a double click
  asking = true;
  told.textContent = told.dataset.words;
  [form.elements.asked.value, form.elements.answer.value] = await ask();
  form.elements.clock.value = String(Date.now());
  done = true;
  form.requestSubmit();
});

window.addEventListener("pageshow", () => { // also when somebody comes back to the page as it was left
  asking = done = false;
  told.textContent = "";
});
