// Passkeys. <button data-passkey="log-in|prove|add"> in a form that has a hidden field named …credential.
// The options are JSON in the element that data-options names, or are asked for at data-options-at.
"use strict";

const passkeyOptions = async (button) => {
  if (button.dataset.options) return JSON.parse(document.querySelector(button.dataset.options).textContent);
  const answer = await fetch(button.dataset.optionsAt, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return (await answer.json()).request_options;
};

const usePasskey = async (button) => {
  const options = await passkeyOptions(button);
  if (button.dataset.passkey !== "add") return webauthnJSON.get(options);
  if (document.querySelector(button.dataset.alone).checked) {
    // To log in with it alone, the device has to keep the account's name, and to ask who holds it.
    Object.assign(options.publicKey.authenticatorSelection, {
      residentKey: "required", requireResidentKey: true, userVerification: "required",
    });
  }
  return webauthnJSON.create(options);
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey]");
  if (!button) return;
  const form = button.form;
  const problem = form.querySelector("[data-passkey-problem]");
  const say = (text) => { problem.textContent = text; problem.hidden = !text; };
  say("");
  if (!form.reportValidity()) return;
  if (!window.PublicKeyCredential) { say(problem.dataset.none); return; }
  button.disabled = true;
  try {
    form.querySelector("[name$=credential]").value = JSON.stringify(await usePasskey(button));
    form.requestSubmit();
  } catch (error) {
    say(error.name === "SecurityError" ? problem.dataset.none : problem.dataset.failed);
    button.disabled = false;
  }
});
