// Count an LLM call. CARBON_URL is where the server listens, CARBON_KEY a key of your account.
const reply = await fetch(`${process.env.CARBON_URL}/api/v1/track`, {
  method: "POST",
  headers: { authorization: `Bearer ${process.env.CARBON_KEY}`, "content-type": "application/json" },
  body: JSON.stringify({ tenant_id: "client-xyz", model: "mistral-large-2", prompt_tokens: 600, completion_tokens: 400 }),
  signal: AbortSignal.timeout(2000),
});
if (!reply.ok) throw new Error(await reply.text());
const { co2_grams, confidence } = await reply.json();
console.log(co2_grams, "g CO2e,", confidence);
