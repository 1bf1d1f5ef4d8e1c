// A file that is dropped is checked at once; the form also works without this file.
"use strict";

for (const form of document.querySelectorAll("form[data-drop]")) {
  const field = form.querySelector("input[type=file]");
  const button = form.querySelector("button");
  const status = form.querySelector("[data-busy]");
  for (const hint of form.querySelectorAll("[data-when-scripted]")) hint.hidden = false;

  const over = (is) => (event) => {
    event.preventDefault();
    form.classList.toggle("is-over", is);
  };
  form.addEventListener("dragenter", over(true));
  form.addEventListener("dragover", over(true));
  form.addEventListener("dragleave", over(false));
  form.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length !== 1) return;
    field.files = event.dataTransfer.files;
    form.requestSubmit();
  });

  // The server says the same, once it has all of the file.
  const isTooLarge = () => field.files[0]?.size > Number(form.dataset.bytesMax);
  form.addEventListener("submit", (event) => {
    if (isTooLarge()) event.preventDefault();
    status.textContent = isTooLarge() ? status.dataset.tooLarge : status.dataset.busy;
    button.disabled = !isTooLarge();
  });
  // Whoever comes back finds it as it was.
  addEventListener("pageshow", () => {
    status.textContent = "";
    button.disabled = false;
  });
}
