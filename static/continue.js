"use strict";
// The page works without this: it only presses "Continue" for those whose browser runs scripts.
document.getElementById("continue").requestSubmit();
