"""Fire and forget: the product never waits for the tracker. CARBON_URL and CARBON_KEY as in track.py."""

import os
from concurrent.futures import ThreadPoolExecutor

import requests

tracker = ThreadPoolExecutor(max_workers=1)
session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["CARBON_KEY"]


def track(tenant_id, model, usage):
    """Returns at once. A tracker that is slow or down costs an event, never an answer."""
    event = {"tenant_id": tenant_id, "model": model, "usage": usage}
    return tracker.submit(session.post, os.environ["CARBON_URL"] + "/api/v1/track", json=event, timeout=2)


track("client-xyz", "mistral-large-2", {"prompt_tokens": 600, "completion_tokens": 400, "total_tokens": 1000})
print("not waited for")
