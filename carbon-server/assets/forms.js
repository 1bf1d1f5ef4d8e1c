// Conveniences for forms; each form also works without this file.
"use strict";

// A selected month takes effect at once.
for (const choice of document.querySelectorAll("select[data-go]")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}

// Actions that cannot be undone need a confirmation.
for (const form of document.querySelectorAll("form[data-ask]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.ask)) event.preventDefault();
  });
}

// A file is read here: its text, or its SHA-256, is what a field then holds.
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
for (const file of document.querySelectorAll("input[type=file]")) {
  const { into, digestInto } = file.dataset;
  if (digestInto && !crypto.subtle) continue;
  file.closest(".field").hidden = false;
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    document.getElementById(into ?? digestInto).value = into
      ? await chosen.text()
      : hex(await crypto.subtle.digest("SHA-256", await chosen.arrayBuffer()));
  });
}

// The calculator shows its result without loading a new page.
const calculator = document.querySelector("form[data-calculator]");
if (calculator) {
  const place = document.querySelector("#estimate");
  calculator.addEventListener("submit", async (event) => {
    event.preventDefault();
    place.setAttribute("aria-busy", "true");
    const address = `${calculator.action}?${new URLSearchParams(new FormData(calculator))}`;
    try {
      const reply = await fetch(address, { headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      place.replaceChildren(...page.querySelector("#estimate").childNodes);
      history.replaceState(null, "", address);
    } catch {
      location.assign(address);
    }
    place.removeAttribute("aria-busy");
  });
}
