#!/bin/sh
# Count an LLM call. CARBON_URL is where the server listens, CARBON_KEY a key of your account.
set -eu
curl --silent --show-error --fail-with-body --max-time 2 "$CARBON_URL/api/v1/track" \
  --header "Authorization: Bearer $CARBON_KEY" --header "Content-Type: application/json" \
  --data '{"tenant_id": "client-xyz", "model": "mistral-large-2", "prompt_tokens": 600, "completion_tokens": 400}'
