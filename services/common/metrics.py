"""The series that every process of ours exports; each process adds its own in its `metrics.py` by subclassing.

Names are `likeness_<noun>_<unit>`; the gRPC ones keep the names that existing dashboards know. Labels are few and
closed: never a tenant, a job, or anything a caller chose. Every label value that is known exists from the start.
"""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily

from likeness_wire.certificates import CertificateFiles, expiry

# A creation time per series doubles the page, and nobody asks for it.
disable_created_metrics()  # type: ignore[no-untyped-call]

# From cache hits to a pack of pictures.
SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
ITEMS = (1, 2, 4, 8, 16, 32, 64)
RPC_LABELS = ("grpc_type", "grpc_service", "grpc_method")
REJECTIONS = ("queue_full", "deadline_hopeless", "expired_waiting", "starting", "draining")


class ShellMetrics:
    """One registry per process, owned by the process: nothing is global."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()

        self.started = Counter("grpc_server_started", "Calls begun.", RPC_LABELS, registry=registry)
        self.handled = Counter(
            "grpc_server_handled", "Calls ended, whatever the outcome.", (*RPC_LABELS, "grpc_code"), registry=registry
        )
        self.handling = Histogram(
            "grpc_server_handling_seconds", "From first to last byte.", RPC_LABELS, buckets=SECONDS, registry=registry
        )
        self.calls_in_flight = Gauge("likeness_calls_in_flight", "Calls begun and not ended.", registry=registry)

        self.queue_depth = Gauge(
            "likeness_queue_depth", "Items waiting for a place.", ("queue", "priority"), registry=registry
        )
        self.queue_seconds = Histogram(
            "likeness_queue_seconds", "Wait of admitted items.", ("queue",), buckets=SECONDS, registry=registry
        )
        self.items_in_flight = Gauge(
            "likeness_items_in_flight", "Items being worked on.", ("queue",), registry=registry
        )
        self.rejected = Counter(
            "likeness_rejected", "Items refused before work began.", ("queue", "reason"), registry=registry
        )
        self.execute_seconds = Histogram(
            "likeness_execute_seconds", "Time on the device.", ("phase",), buckets=SECONDS, registry=registry
        )
        self.batch_items = Histogram(
            "likeness_batch_items", "Items that shared one run.", ("queue",), buckets=ITEMS, registry=registry
        )

        self.ready = Gauge("likeness_ready", "1 while the process wants work.", registry=registry)
        self.load_seconds = Gauge("likeness_load_seconds", "Start-up, by phase.", ("phase",), registry=registry)
        self.loop_lag_seconds = Gauge(
            "likeness_loop_lag_seconds", "How late the last heartbeat of the event loop was.", registry=registry
        )
        self.drain_timeouts = Counter(
            "likeness_drain_timeouts", "Calls cut off because draining took too long.", registry=registry
        )
        self.device_lost = Gauge("likeness_device_lost", "1 once the device is gone.", registry=registry)

    def watch_certificates(self, files: Mapping[str, CertificateFiles]) -> None:
        """Exports from now on when certificates run out, by what they are for."""
        self.registry.register(_Certificates(files))


class _Certificates:
    """Looks into the files when somebody scrapes: a renewal that never came shows, though nobody calls."""

    def __init__(self, files: Mapping[str, CertificateFiles]) -> None:
        self._files = files

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "likeness_certificate_expiry_timestamp_seconds",
            "When the certificate in the files runs out; 0 where none can be read.",
            labels=["shown_to"],
        )
        for shown_to, files in self._files.items():
            family.add_metric([shown_to], _expiry_s(files))
        yield family


def _expiry_s(files: CertificateFiles) -> float:
    try:
        return expiry(files.chain.read_bytes()).timestamp()
    except (OSError, ValueError):
        return 0.0


class CallSeries:
    """The series of one RPC, looked up once: finding a label's value takes longer than counting."""

    def __init__(self, metrics: ShellMetrics, labels: tuple[str, str, str]) -> None:
        self._labels = labels
        self._started = metrics.started.labels(*labels)
        self._in_flight = metrics.calls_in_flight
        self._handling = metrics.handling.labels(*labels)
        self._handled = metrics.handled
        self._handled_by_code: dict[str, Counter] = {}

    def begun(self) -> None:
        self._started.inc()
        self._in_flight.inc()

    def ended(self, code: str, seconds: float) -> None:
        if code not in self._handled_by_code:
            self._handled_by_code[code] = self._handled.labels(*self._labels, code)
        self._in_flight.dec()
        self._handled_by_code[code].inc()
        self._handling.observe(seconds)
