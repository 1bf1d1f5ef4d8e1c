"""Records a run of a model with LangSmith's SDK, which sends it by OpenTelemetry to the host that it is told.

CARBON_URL and CARBON_API_KEY say where to. MARKER is the text of the prompt and of the answer.
"""

import os

MARKER = os.environ.get("MARKER", "a prompt")
os.environ["LANGSMITH_TRACING"] = "true"
# All that the tracker asks for. Without the third, prompts are also sent by LangSmith's own protocol, and refused.
os.environ["LANGSMITH_ENDPOINT"] = os.environ["CARBON_URL"]
os.environ["LANGSMITH_API_KEY"] = os.environ["CARBON_API_KEY"]
os.environ["LANGSMITH_OTEL_ONLY"] = "true"

from langsmith import Client, traceable
from opentelemetry import trace

client = Client()


@traceable(run_type="llm", client=client, metadata={"ls_provider": "openai", "ls_model_name": "gpt-4o"})
def call(messages):
    usage = {"input_tokens": 600, "output_tokens": 400, "total_tokens": 1000}
    return {"choices": [{"message": {"role": "assistant", "content": MARKER}}], "usage_metadata": usage}


call([{"role": "user", "content": MARKER}])
client.flush()
trace.get_tracer_provider().force_flush()
