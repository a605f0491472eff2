"""OpenTelemetry spans around calls, behind the `tracing` extra; without an endpoint configured, nothing at all.

Written here because the ready-made gRPC instrumentation has open bugs with asyncio streams. A span has the method, the
status code and the reason: nothing else of a call is known to this module.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, Self

from likeness_wire.hop import Headers
from services.common.startup import StartupError

# Asked for only where there is a trace to go on with.
Metadata = Callable[[], Iterable[tuple[str, str | bytes]] | None]


class Span(Protocol):
    """What the interceptor tells about a call."""

    headers: Headers

    def ended(self, code: str, reason: str) -> None: ...


class Tracing(Protocol):
    """Makes spans, and ends with the process."""

    def span(self, method: str, incoming: Metadata) -> AbstractContextManager[Span]: ...

    def close(self) -> None: ...


class NoTracing:
    """The default: no headers, no spans, no cost. It is its own span."""

    headers: Headers = ()

    def span(self, method: str, incoming: Metadata) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ended(self, code: str, reason: str) -> None:
        pass

    def close(self) -> None:
        pass


class OpenTelemetry:
    """Spans sent to a collector, with W3C trace context taken from the caller and handed on to the next hop."""

    def __init__(self, service: str, exporter: Any) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._provider = TracerProvider(resource=Resource.create({"service.name": service}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("likeness")

    @contextmanager
    def span(self, method: str, incoming: Metadata) -> Iterator[Span]:
        from opentelemetry.propagate import extract, inject
        from opentelemetry.trace import SpanKind

        parent = extract({key: value for key, value in incoming() or () if isinstance(value, str)})
        # Exceptions are not recorded: their text may quote what they were given.
        with self._tracer.start_as_current_span(
            method, parent, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            carrier: dict[str, str] = {}
            inject(carrier)
            yield _OpenSpan(span, tuple(carrier.items()))

    def close(self) -> None:
        self._provider.shutdown()


class _OpenSpan:
    def __init__(self, span: Any, headers: Headers) -> None:
        self.headers = headers
        self._span = span

    def ended(self, code: str, reason: str) -> None:
        self._span.set_attributes({"rpc.grpc.status_code": code, "likeness.reason": reason})


def tracing(service: str, endpoint: str | None) -> Tracing:
    """The tracing that was configured; StartupError where the extra is not installed."""
    if endpoint is None:
        return NoTracing()
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise StartupError("LIKENESS_TRACING_ENDPOINT needs the extra: pip install 'likeness[tracing]'") from None
    return OpenTelemetry(service, OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http://")))
