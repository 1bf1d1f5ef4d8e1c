// Polls until the first event has arrived, then says so.
"use strict";

const EVERY_MS = 2000;
const TRIES_MAX = 900;

const place = document.querySelector("[data-first-event]");
let tries = 0;

async function look() {
  tries += 1;
  const reply = await fetch("/app/first-event", { headers: { accept: "application/json" } });
  if (reply.ok && (await reply.json()).arrived) {
    place.classList.add("done");
    place.textContent = place.dataset.firstEvent;
    document.querySelector("[data-then]").hidden = false;
  } else if (tries < TRIES_MAX && reply.ok) {
    setTimeout(() => look().catch(later), EVERY_MS);
  }
}

/** Tries again while the server restarts. */
function later() {
  if (tries < TRIES_MAX) setTimeout(() => look().catch(later), 2 * EVERY_MS);
}

look().catch(later);
