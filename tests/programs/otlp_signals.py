"""Sends one span of an LLM call, one metric and one log line, each with the SDK's own exporter, to one endpoint.

    otlp_signals.py http    protobuf over HTTP
    otlp_signals.py grpc    over gRPC

CARBON_URL and CARBON_API_KEY say where to, by OpenTelemetry's own settings. MARKER is in each signal.
Prints a line of JSON: what became of each export, and what the exporters logged.
"""

import json
import logging
import os
import sys
from importlib import import_module

os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = os.environ["CARBON_URL"]
os.environ["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer%20" + os.environ["CARBON_API_KEY"]
# An export that is refused for good must not be tried again.
os.environ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "5"

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

MARKER = os.environ.get("MARKER", "a prompt")
logged, results = [], {}


class Logged(logging.Handler):
    def emit(self, record):
        logged.append(record.getMessage())


logging.getLogger("opentelemetry").addHandler(Logged(logging.WARNING))


def exporter(module, name):
    """The SDK's exporter, which notes what becomes of its exports."""
    base = getattr(import_module(f"opentelemetry.exporter.otlp.proto.{sys.argv[1]}.{module}"), name)

    class Exporter(base):
        def export(self, *data, **options):
            result = super().export(*data, **options)
            results[module] = result.name
            return result

    return Exporter()


tracers = TracerProvider()
tracers.add_span_processor(SimpleSpanProcessor(exporter("trace_exporter", "OTLPSpanExporter")))
call = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 600,
    "gen_ai.usage.output_tokens": 400,
    "gen_ai.input.messages": MARKER,
}
with tracers.get_tracer("signals").start_as_current_span("chat", attributes=call):
    pass

reader = PeriodicExportingMetricReader(exporter("metric_exporter", "OTLPMetricExporter"))
meters = MeterProvider(metric_readers=[reader])
meters.get_meter("signals").create_counter("calls").add(1, {"prompt": MARKER})
meters.force_flush()

loggers = LoggerProvider()
loggers.add_log_record_processor(SimpleLogRecordProcessor(exporter("_log_exporter", "OTLPLogExporter")))
loggers.get_logger("signals").emit(body=MARKER)
for provider in tracers, meters, loggers:
    provider.shutdown()
print(json.dumps({"results": results, "logged": logged}))
