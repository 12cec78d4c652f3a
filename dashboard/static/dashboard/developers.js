// Who reads one example in a language reads them all in it, on the next page too. Without this each has its own tabs.
"use strict";

const KEPT = "notpanel-language";

const show = (language) => {
  for (const each of document.querySelectorAll("[data-language]")) {
    if (each.dataset.language === language) each.checked = true;
  }
};

document.addEventListener("change", (event) => {
  const language = event.target.dataset.language;
  if (!language) return;
  const before = event.target.getBoundingClientRect().top;
  show(language);
  scrollBy(0, event.target.getBoundingClientRect().top - before); // what is above has another height now
  try { localStorage.setItem(KEPT, language); } catch { /* nothing may be kept: this page alone then */ }
});

try { show(localStorage.getItem(KEPT)); } catch { /* nothing was kept */ }

// A link to what is folded away opens it.
const open = () => {
  const meant = document.getElementById(location.hash.slice(1));
  if (meant?.matches("details")) meant.open = true;
};
addEventListener("hashchange", open);
open();
