"""Sends spans of LLM calls, by each convention for them, with the OpenTelemetry SDK: plain, then gzipped.

    otlp_sdk.py http    protobuf over HTTP
    otlp_sdk.py grpc    over gRPC

CARBON_URL and CARBON_API_KEY say where to. TENANT, where it is set, is the tenant.id of the resource.
MARKER is the text of every prompt and every answer.
Prints a line of JSON for each span: what is to come of it. Fails where an export does.
"""

import json
import os
import sys
from contextlib import contextmanager

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind, StatusCode

if sys.argv[1] == "grpc":
    from grpc import Compression
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    ENDPOINT = os.environ["CARBON_URL"]
else:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    ENDPOINT = os.environ["CARBON_URL"] + "/v1/traces"

MARKER = os.environ.get("MARKER", "a prompt")
TENANT = os.environ.get("TENANT") or None
MESSAGES = [{"role": "user", "parts": [{"type": "text", "content": MARKER}]}]


class Exporter(OTLPSpanExporter):
    """The processor drops the result of an export, and flushes to True whatever it was."""

    failed = False

    def export(self, spans):
        result = super().export(spans)
        Exporter.failed |= result is not SpanExportResult.SUCCESS
        return result


def emit(tracer, encoding):
    @contextmanager
    def span(name, attributes, counts=None, events=None, kind=SpanKind.CLIENT):
        """A span that is to be counted so, or without counts not at all."""
        with tracer.start_as_current_span(name, kind=kind, attributes=attributes) as span:
            for event, content in (events or {}).items():
                span.add_event(event, content)
            yield span
        context = span.get_span_context()
        line = {"event_id": f"{context.trace_id:032x}-{context.span_id:016x}", "name": name}
        line |= {"encoding": encoding, "counted": counts is not None}
        if counts:
            line["tenant_id"] = attributes.get("tenant.id", TENANT)
            for of in "request", "response":
                names = f"gen_ai.{of}.model", f"llm.{of}.model"
                line[of + "_model"] = next((attributes[name] for name in names if name in attributes), None)
            for count in "input", "cache_read_input", "cache_creation_input", "output", "reasoning_output":
                line[count + "_tokens"] = counts.get(count, 0)
        print(json.dumps(line))

    # Now. The agent's usage is the sum of its calls.
    agent = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.agent.name": "helper",
        "gen_ai.request.model": "mistral-large-2",
        "gen_ai.usage.input_tokens": 1500,
        "gen_ai.usage.output_tokens": 700,
        "gen_ai.system_instructions": json.dumps(MESSAGES[0]["parts"]),
        "gen_ai.input.messages": json.dumps(MESSAGES),
    }
    with span("invoke_agent helper", agent, kind=SpanKind.INTERNAL):
        chat = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "mistral_ai",
            "gen_ai.request.model": "mistral-large-2",
            "gen_ai.response.model": "mistral-large-2407",
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.request.temperature": 0.5,
            "gen_ai.request.stream": True,
            "gen_ai.usage.input_tokens": 600,
            "gen_ai.usage.cache_read.input_tokens": 100,
            "gen_ai.usage.cache_creation.input_tokens": 50,
            "gen_ai.usage.output_tokens": 400,
            "gen_ai.usage.reasoning.output_tokens": 40,
            "gen_ai.input.messages": json.dumps(MESSAGES),
            "gen_ai.output.messages": json.dumps(MESSAGES),
        }
        counts = {"input": 600, "cache_read_input": 100, "cache_creation_input": 50, "output": 400}
        counts["reasoning_output"] = 40
        with span("chat mistral-large-2", chat, counts, {"gen_ai.user.message": {"content": MARKER}}):
            pass
        # Cache creation has a newer name, cache write; messages may be structured; a span has its own tenant.
        chat = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "mistral_ai",
            "gen_ai.request.model": "mistral-large-2",
            "gen_ai.usage.input_tokens": 900,
            "gen_ai.usage.cache_write.input_tokens": 70,
            "gen_ai.usage.output_tokens": 300,
            "gen_ai.input.messages": MESSAGES,
            "gen_ai.output.messages": MESSAGES,
            "tenant.id": "tenant-of-span",
        }
        with span("chat structured", chat, {"input": 900, "cache_creation_input": 70, "output": 300}):
            pass
        tool = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "search",
            "gen_ai.tool.call.arguments": MARKER,
        }
        with span("execute_tool search", tool, kind=SpanKind.INTERNAL):
            pass
    embeddings = {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 11,
    }
    with span("embeddings text-embedding-3-small", embeddings, {"input": 11}):
        pass
    # A call that failed has no usage.
    failed = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
    }
    with span("chat failed", failed) as failure:
        failure.record_exception(ValueError(MARKER))
        failure.set_status(StatusCode.ERROR, MARKER)

    # Before version 1.37 of the conventions, and before 1.27.
    older = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.usage.prompt_tokens": 500,
        "gen_ai.usage.completion_tokens": 200,
        "gen_ai.prompt": MARKER,
        "gen_ai.completion": MARKER,
    }
    events = {
        "gen_ai.content.prompt": {"gen_ai.prompt": MARKER},
        "gen_ai.content.completion": {"gen_ai.completion": MARKER},
    }
    with span("chat gpt-4o", older, {"input": 500, "output": 200}, events):
        pass

    # OpenLLMetry before version 0.5 of its conventions, and its first names.
    workflow = {
        "traceloop.span.kind": "workflow",
        "traceloop.workflow.name": "answer",
        "traceloop.entity.name": "answer",
        "traceloop.entity.input": json.dumps({"args": [MARKER]}),
        "traceloop.entity.output": MARKER,
    }
    with span("answer.workflow", workflow, kind=SpanKind.INTERNAL):
        chat = {
            "traceloop.workflow.name": "answer",
            "llm.request.type": "chat",
            "gen_ai.system": "Anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.response.model": "claude-sonnet-4-5-20250929",
            "gen_ai.usage.prompt_tokens": 310,
            "gen_ai.usage.completion_tokens": 20,
            "gen_ai.usage.cache_read_input_tokens": 200,
            "gen_ai.usage.cache_creation_input_tokens": 100,
            "llm.usage.total_tokens": 330,
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": MARKER,
            "gen_ai.completion.0.content": MARKER,
        }
        counts = {"input": 310, "cache_read_input": 200, "cache_creation_input": 100, "output": 20}
        with span("anthropic.chat", chat, counts):
            pass
        chat = {
            "traceloop.workflow.name": "answer",
            "llm.vendor": "OpenAI",
            "llm.request.type": "chat",
            "llm.request.model": "gpt-4o",
            "llm.response.model": "gpt-4o-2024-08-06",
            "llm.usage.prompt_tokens": 80,
            "llm.usage.completion_tokens": 30,
            "llm.usage.total_tokens": 110,
            "llm.prompts.0.content": MARKER,
            "llm.completions.0.content": MARKER,
        }
        with span("openai.chat", chat, {"input": 80, "output": 30}):
            pass

    with span("GET", {"http.request.method": "GET", "url.full": f"http://example.com/?q={MARKER}"}):
        pass


for compression in Compression.NoCompression, Compression.Gzip:
    resource = {"service.name": "otlp-sdk"}
    if TENANT:
        resource["tenant.id"] = TENANT
    exporter = Exporter(
        endpoint=ENDPOINT,
        headers={"authorization": "Bearer " + os.environ["CARBON_API_KEY"]},
        compression=compression,
    )
    provider = TracerProvider(resource=Resource.create(resource))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    emit(provider.get_tracer("otlp-sdk"), compression.name)
    provider.force_flush()
    provider.shutdown()
sys.exit(Exporter.failed)
