"""Count an LLM call. CARBON_URL is where the server listens, CARBON_KEY a key of your account."""

import os

import requests

reply = requests.post(
    os.environ["CARBON_URL"] + "/api/v1/track",
    headers={"Authorization": "Bearer " + os.environ["CARBON_KEY"]},
    json={"tenant_id": "client-xyz", "model": "mistral-large-2", "prompt_tokens": 600, "completion_tokens": 400},
    timeout=2,
)
reply.raise_for_status()
print(reply.json()["co2_grams"], "g CO2e,", reply.json()["confidence"])
