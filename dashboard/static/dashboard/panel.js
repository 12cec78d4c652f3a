// What pages do beyond plain links and forms. Everything works without it; hooks are data attributes.
"use strict";

document.documentElement.classList.add("js");

// <button data-copy="#id"> copies that element's text or value; without a selector, the code it stands beside.
const copied = async (text) => {
  // Browsers give the clipboard to https and localhost alone; elsewhere a selection is copied the old way.
  if (navigator.clipboard) { await navigator.clipboard.writeText(text); return; }
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
};
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = button.dataset.copy
    ? document.querySelector(button.dataset.copy)
    : button.parentElement.querySelector("pre, code, input");
  await copied("value" in source ? source.value : source.textContent);
  button.dataset.label ??= button.textContent;
  button.textContent = button.dataset.copied || "✓";
  setTimeout(() => { button.textContent = button.dataset.label; }, 1500);
});

// <select data-submit> and such send their form when they change.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// A menu closes when one clicks beside it, or presses Escape.
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("details.pop[open]")) if (menu !== except) menu.open = false;
};
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.pop")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.pop[open]");
  closeMenus(null);
  open?.querySelector("summary").focus();
});

// A form that was sent is not sent again by a second click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

// <button data-reveal="#id"> shows and hides a password.
document.addEventListener("click", (event) => {
  const reveal = event.target.closest("[data-reveal]");
  if (!reveal) return;
  const field = document.querySelector(reveal.dataset.reveal);
  field.type = field.type === "password" ? "text" : "password";
  reveal.setAttribute("aria-pressed", String(field.type === "text"));
});
