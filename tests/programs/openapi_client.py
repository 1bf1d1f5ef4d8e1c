"""Counts a call with the client that openapi-python-client has made in the folder of the first argument."""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])

from carbon_client import AuthenticatedClient, Client
from carbon_client.api.estimate import post_estimate
from carbon_client.api.track import post_track, post_track_batch
from carbon_client.models import Batch, Estimate, EstimateRequest, Problem, Tracked, TrackRequest

url = os.environ["CARBON_URL"]
client = AuthenticatedClient(url, os.environ["CARBON_API_KEY"], raise_on_unexpected_status=True)
call = TrackRequest(tenant_id="client-xyz", model="mistral-large-2", input_tokens=600, output_tokens=400, event_id="e-1")
tracked = post_track.sync(client=client, body=call)
assert isinstance(tracked, Tracked), tracked
refused = post_track.sync(client=client, body=TrackRequest(tenant_id="client-xyz", model="mistral-large-2"))
assert isinstance(refused, Problem), refused
batch = post_track_batch.sync(client=client, body=[call])
assert isinstance(batch, Batch), batch
estimate = post_estimate.sync(
    client=Client(url), body=EstimateRequest(model="gpt-4o", prompt_tokens=600, completion_tokens=400, methods="all")
)
assert isinstance(estimate, Estimate), estimate
answer = {
    "co2_grams": tracked.co2_grams,
    "confidence": tracked.confidence,
    "refused": [fault.pointer for fault in refused.errors],
    "duplicates": batch.duplicates,
    "methods": [type(opinion).__name__ for opinion in estimate.methods],
}
print(json.dumps(answer))
