"""What the generator counts beside the shell's series."""

from collections.abc import Callable, Iterator

from prometheus_client import Counter, Histogram
from prometheus_client.core import CounterMetricFamily

from services.common.metrics import ShellMetrics
from services.generator.call import Event, Failed, Rendered
from services.generator.counters import Counters

# From a step of a small model to one of sixteen rows at a large size.
_STEP_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 2, 5)
_STAGES = ("prepare", "denoise", "decode", "restage")
_OUTCOMES = ("rendered", "failed")


class GeneratorMetrics(ShellMetrics):
    """The shell's series, pictures, steps, and what an engine counts itself."""

    def __init__(self) -> None:
        super().__init__()
        registry = self.registry
        self.pictures = Counter("likeness_pictures", "Pictures, by outcome.", ("outcome",), registry=registry)
        self.step_seconds = Histogram(
            "likeness_step_seconds", "One step of one group.", buckets=_STEP_SECONDS, registry=registry
        )
        self.stage_seconds = Histogram(
            "likeness_picture_seconds", "A picture's way, by stage.", ("stage",), registry=registry
        )
        for outcome in _OUTCOMES:
            self.pictures.labels(outcome)
        for stage in _STAGES:
            self.stage_seconds.labels(stage)

    def watch(self, counters: Callable[[], Counters]) -> None:
        """Exports an engine's own counters from now on."""
        self.registry.register(_Engine(counters))

    def count(self, event: Event) -> None:
        if isinstance(event, Rendered):
            self.pictures.labels("rendered").inc()
            for stage, seconds in event.seconds.items():
                self.stage_seconds.labels(stage).observe(seconds)
        elif isinstance(event, Failed):
            self.pictures.labels("failed").inc()


class _Engine:
    """Read when somebody scrapes, so that a step pays nothing for being counted."""

    def __init__(self, counters: Callable[[], Counters]) -> None:
        self._counters = counters

    def collect(self) -> Iterator[CounterMetricFamily]:
        counters = self._counters()
        forwards = CounterMetricFamily("likeness_forwards", "Runs of a network.", labels=("network",))
        forwards.add_metric(("unet",), counters.unet_forwards)
        forwards.add_metric(("identity_net",), counters.identity_forwards)
        forwards.add_metric(("control",), counters.control_forwards)
        yield forwards
        rows = CounterMetricFamily("likeness_rows", "Rows that went through a network.", labels=("network",))
        rows.add_metric(("unet",), counters.unet_rows)
        rows.add_metric(("identity_net",), counters.identity_rows)
        yield rows
        yield CounterMetricFamily("likeness_parked", "Pictures that stood up for others.", value=counters.parked)
