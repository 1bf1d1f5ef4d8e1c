// Gives the API viewer the colours of the page, light or dark.
"use strict";

const viewer = document.querySelector("rapi-doc");
const dark = matchMedia("(prefers-color-scheme: dark)");

function dress() {
  const read = (name) => {
    viewer.style.color = `var(--${name})`;
    return getComputedStyle(viewer).color.replace(/^rgb\((\d+), (\d+), (\d+)\)$/, (_, ...parts) =>
      `#${parts.slice(0, 3).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`);
  };
  viewer.setAttribute("theme", dark.matches ? "dark" : "light");
  viewer.setAttribute("bg-color", read("ground"));
  viewer.setAttribute("text-color", read("text"));
  viewer.setAttribute("primary-color", read("accent"));
  viewer.style.color = "";
}

dress();
dark.addEventListener("change", dress);
