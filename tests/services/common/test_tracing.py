"""Spans, if anyone wants them."""

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from likeness_wire.hop import bound
from services.common.startup import StartupError
from services.common.tracing import NoTracing, OpenTelemetry, tracing

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_without_an_endpoint_there_is_no_tracing() -> None:
    """Off by default: nothing is imported, nothing is sent, no header is added."""
    with tracing("echo", None).span("/x/Y", lambda: [("traceparent", PARENT)]) as span, bound(1.0, span.headers):
        assert span.headers == ()
        assert isinstance(span, NoTracing)


def test_a_span_continues_the_callers_trace_and_hands_it_on() -> None:
    """One trace over all hops, with the outcome and nothing personal."""
    exporter = InMemorySpanExporter()
    tracer = OpenTelemetry("echo", exporter)
    with tracer.span("/likeness.echo.v1.EchoService/Echo", lambda: [("traceparent", PARENT)]) as span:
        (name, handed_on) = span.headers[0]
        span.ended("INVALID_ARGUMENT", "NO_FACE")
    tracer.close()

    (finished,) = exporter.get_finished_spans()
    assert name == "traceparent"
    assert handed_on.split("-")[1] == PARENT.split("-")[1]
    assert handed_on.split("-")[2] != PARENT.split("-")[2]
    assert dict(finished.attributes or {}) == {"rpc.grpc.status_code": "INVALID_ARGUMENT", "likeness.reason": "NO_FACE"}


def test_an_exception_leaves_no_text_in_its_span() -> None:
    """Messages of exceptions may quote what they were given."""
    exporter = InMemorySpanExporter()
    tracer = OpenTelemetry("echo", exporter)
    with pytest.raises(ValueError, match="Ada"), tracer.span("/x/Y", list):
        raise ValueError("Ada Lovelace")
    tracer.close()

    assert "Ada" not in exporter.get_finished_spans()[0].to_json()


def test_an_endpoint_without_the_extra_is_a_clear_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.grpc.trace_exporter", None)

    with pytest.raises(StartupError, match=r"likeness\[tracing\]"):
        tracing("echo", "http://127.0.0.1:4317")
