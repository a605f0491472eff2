"""What the upscaler counts beside the shell's series."""

from collections.abc import Iterable, Iterator

from prometheus_client import Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from services.common.metrics import ShellMetrics
from services.upscaler.calls import Enlarged, Event, Failed
from services.upscaler.catalogue import Served
from services.upscaler.engine import Engine

_OUTCOMES = ("enlarged", "failed")
_STAGES = ("execute", "resize")
_SHARES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)


class UpscalerMetrics(ShellMetrics):
    """The shell's series, pictures, pixels and tiles."""

    def __init__(self) -> None:
        super().__init__()
        registry = self.registry
        self.pictures = Counter("likeness_pictures", "Pictures, by outcome.", ("outcome",), registry=registry)
        self.enlarged_pixels = Counter("likeness_enlarged_pixels", "Pixels of finished pictures.", registry=registry)
        self.tiles = Counter("likeness_tiles", "Tiles that went through a network.", registry=registry)
        self.extra_share = Histogram(
            "likeness_extra_pixels_ratio",
            "Pixels computed for overlaps, as a share of the picture's own.",
            buckets=_SHARES,
            registry=registry,
        )
        self.memory_retries = Counter("likeness_memory_retries", "Runs made again in halves.", registry=registry)
        self.stage_seconds = Histogram(
            "likeness_picture_seconds", "A picture's way, by stage.", ("stage",), registry=registry
        )
        for outcome in _OUTCOMES:
            self.pictures.labels(outcome)
        for stage in _STAGES:
            self.stage_seconds.labels(stage)

    def watch(self, engine: Engine, networks: Iterable[Served]) -> None:
        """Exports what they know of themselves from now on."""
        self.registry.register(_Engine(engine, tuple(networks)))

    def count(self, event: Event | Failed) -> None:
        if isinstance(event, Failed):
            self.pictures.labels("failed").inc()
        elif isinstance(event, Enlarged):
            facts = event.facts
            self.pictures.labels("enlarged").inc()
            self.enlarged_pixels.inc(event.result.size.pixels)
            self.tiles.inc(facts.tiles)
            self.extra_share.observe(facts.extra_pixels)
            self.memory_retries.inc(facts.memory_retries)
            for stage, seconds in facts.seconds.items():
                self.stage_seconds.labels(stage).observe(seconds)


class _Engine:
    """Read when somebody scrapes, so that a tile pays nothing for being counted."""

    def __init__(self, engine: Engine, networks: tuple[Served, ...]) -> None:
        self._engine = engine
        self._networks = networks

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        yield GaugeMetricFamily(
            "likeness_tile_memory_bytes",
            "What one run may hold; it falls where memory ran out.",
            value=self._engine.budget_bytes,
        )
        recomputed = CounterMetricFamily(
            "likeness_recomputed", "Runs that overflowed in half precision and were made again.", labels=["network"]
        )
        for network in self._networks:
            recomputed.add_metric([network.name], network.recomputed)
        yield recomputed
