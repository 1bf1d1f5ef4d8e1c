"""Calls a chat model with the openai client, traced by an instrumentation of it, and sends the spans.

    otlp_openai.py openllmetry    opentelemetry-instrumentation-openai
    otlp_openai.py otel           opentelemetry-instrumentation-openai-v2

CARBON_URL and CARBON_API_KEY say where to, TENANT whose the calls are; all else is OpenTelemetry's own settings.
MARKER is the text of the prompt and of the answer, and the instrumentation is told to put both on the span.
Prints a line of JSON for each span: what is to come of it. Fails where an export does.
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module

# All that the tracker asks for.
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = os.environ["CARBON_URL"]
os.environ["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer%20" + os.environ["CARBON_API_KEY"]
if os.environ.get("TENANT"):
    os.environ["OTEL_RESOURCE_ATTRIBUTES"] = "tenant.id=" + os.environ["TENANT"]
# Read when the instrumentations start. The first is OpenLLMetry's, the others are OpenTelemetry's.
os.environ["TRACELOOP_TRACE_CONTENT"] = "true"
os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "span_only"

import openai
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

MARKER = os.environ.get("MARKER", "a prompt")
TENANT = os.environ.get("TENANT") or None
MODULES = {"openllmetry": "openai", "otel": "openai_v2"}
USAGE = {
    "prompt_tokens": 600,
    "completion_tokens": 400,
    "total_tokens": 1000,
    "prompt_tokens_details": {"cached_tokens": 100},
    "completion_tokens_details": {"reasoning_tokens": 40},
}


class Completions(BaseHTTPRequestHandler):
    """The endpoint of a provider, as far as these calls see."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"id": "chatcmpl-1", "created": 1, "model": "gpt-4o-2024-08-06"}
        message = {"role": "assistant", "content": MARKER}
        if request.get("stream"):
            answer["object"] = "chat.completion.chunk"
            chunks = [
                answer | {"choices": [{"index": 0, "delta": message, "finish_reason": None}]},
                answer | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            ]
            if request.get("stream_options", {}).get("include_usage"):
                chunks.append(answer | {"choices": [], "usage": USAGE})
            lines = [json.dumps(chunk) for chunk in chunks] + ["[DONE]"]
            kind, body = "text/event-stream", "".join(f"data: {line}\n\n" for line in lines)
        else:
            answer["object"] = "chat.completion"
            choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
            kind, body = "application/json", json.dumps(answer | {"choices": choices, "usage": USAGE})
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


class Exporter(OTLPSpanExporter):
    """The processor drops the result of an export, and flushes to True whatever it was."""

    failed = False

    def export(self, spans):
        result = super().export(spans)
        Exporter.failed |= result is not SpanExportResult.SUCCESS
        return result


provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(Exporter()))
ended = InMemorySpanExporter()
provider.add_span_processor(SimpleSpanProcessor(ended))
module = import_module("opentelemetry.instrumentation." + MODULES[sys.argv[1]])
module.OpenAIInstrumentor().instrument(tracer_provider=provider)

server = HTTPServer(("127.0.0.1", 0), Completions)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = openai.OpenAI(api_key="none", base_url=f"http://127.0.0.1:{server.server_port}/v1")
call = {"model": "gpt-4o", "messages": [{"role": "user", "content": MARKER}]}
client.chat.completions.create(**call)
for _ in client.chat.completions.create(**call, stream=True, stream_options={"include_usage": True}):
    pass
# Without the option a stream has no usage.
for _ in client.chat.completions.create(**call, stream=True):
    pass
provider.force_flush()
provider.shutdown()

# Not every instrumentation passes on what is cached and what is reasoning.
passed_on = {
    "openllmetry": [(100, 40), (100, 0)],
    "otel": [(0, 0), (0, 0)],
}[sys.argv[1]]
for span, parts in zip(ended.get_finished_spans(), passed_on + [None], strict=True):
    assert MARKER in str(span.attributes)
    event_id = f"{span.context.trace_id:032x}-{span.context.span_id:016x}"
    line = {"event_id": event_id, "name": span.name, "counted": parts is not None}
    if parts:
        line |= {"tenant_id": TENANT, "request_model": "gpt-4o", "response_model": "gpt-4o-2024-08-06"}
        line |= {"input_tokens": 600, "cache_read_input_tokens": parts[0], "cache_creation_input_tokens": 0}
        line |= {"output_tokens": 400, "reasoning_output_tokens": parts[1]}
    print(json.dumps(line))
sys.exit(Exporter.failed)
