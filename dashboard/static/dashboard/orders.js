// Fields with a line for each thing say how many there are; a price's steps stay open when the price changes.
"use strict";

const countLines = (field) => {
  const lines = field.value.split("\n").filter((line) => line.trim()).length;
  let told = field.nextElementSibling;
  if (!told?.matches("output.lines")) {
    told = document.createElement("output");
    told.className = "lines small quiet";
    field.after(told);
  }
  told.textContent = lines === 1 ? field.dataset.one : field.dataset.many.replace("{n}", lines);
};
const countAll = () => document.querySelectorAll("[data-count-lines]").forEach(countLines);

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-count-lines]")) countLines(event.target);
});
document.addEventListener("htmx:afterSettle", countAll);
countAll();

let stepsAreOpen = false;
document.addEventListener("toggle", (event) => {
  if (event.target.matches("#price details")) stepsAreOpen = event.target.open;
}, true);
document.addEventListener("htmx:afterSwap", () => {
  document.querySelector("#price details")?.toggleAttribute("open", stepsAreOpen);
});
