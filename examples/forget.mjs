// Fire and forget: the product never waits for the tracker. CARBON_URL and CARBON_KEY as in track.mjs.
const headers = { authorization: `Bearer ${process.env.CARBON_KEY}`, "content-type": "application/json" };

/** Returns at once. A tracker that is slow or down costs an event, never an answer. */
function track(tenant_id, model, usage) {
  const body = JSON.stringify({ tenant_id, model, usage });
  fetch(`${process.env.CARBON_URL}/api/v1/track`, { method: "POST", headers, body, signal: AbortSignal.timeout(2000) })
    .catch((error) => console.warn("not tracked:", error.message));
}

track("client-xyz", "mistral-large-2", { prompt_tokens: 600, completion_tokens: 400, total_tokens: 1000 });
console.log("not waited for");
