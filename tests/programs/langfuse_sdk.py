"""Records a generation with Langfuse's SDK, which is told a host and keys and nothing else.

CARBON_URL and CARBON_API_KEY say where to. MARKER is the text of the prompt and of the answer, and in an image.
Prints a line of JSON for the generation and for the span around it: what is to come of them.
Then one with what the SDK logged, and what its check of the keys said.
"""

import base64
import json
import logging
import os
import sys

MARKER = os.environ.get("MARKER", "a prompt")
# All that the tracker asks for. The name of a host has changed from version to version.
os.environ["LANGFUSE_HOST"] = os.environ["LANGFUSE_BASE_URL"] = os.environ["CARBON_URL"]
os.environ["LANGFUSE_PUBLIC_KEY"] = "pk-lf-anything"
os.environ["LANGFUSE_SECRET_KEY"] = os.environ["CARBON_API_KEY"]

from langfuse import get_client

logged = []


class Logged(logging.Handler):
    def emit(self, record):
        logged.append(record.getMessage())


for name in "langfuse", "opentelemetry":
    logging.getLogger(name).addHandler(Logged(logging.WARNING))

langfuse = get_client()
ids = []
with langfuse.start_as_current_observation(as_type="span", name="answer", input=MARKER) as span:
    ids.append((f"{span.trace_id}-{span.id}", False))
    with langfuse.start_as_current_observation(as_type="generation", name="call", model="gpt-4o") as generation:
        prompt = [{"role": "user", "content": MARKER}]
        if "media" in sys.argv:
            image = base64.b64encode(MARKER.encode()).decode()
            prompt[0]["content"] = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{image}"}}]
        generation.update(input=prompt, output=MARKER, usage_details={"input": 600, "output": 400})
        ids.append((f"{generation.trace_id}-{generation.id}", True))
langfuse.flush()
try:
    is_admitted = langfuse.auth_check()
except Exception as error:
    is_admitted = str(error)
langfuse.shutdown()
for event_id, is_counted in ids:
    line = {"event_id": event_id, "counted": is_counted, "request_model": "gpt-4o", "response_model": None}
    line |= {"tenant_id": "default", "input_tokens": 600, "output_tokens": 400}
    line |= dict.fromkeys(("cache_read_input_tokens", "cache_creation_input_tokens", "reasoning_output_tokens"), 0)
    print(json.dumps(line if is_counted else {"event_id": event_id, "counted": False}))
print(json.dumps({"logged": logged, "auth_check": is_admitted}))
