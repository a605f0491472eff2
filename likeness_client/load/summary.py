"""Many jobs as few numbers."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from likeness_client.load.quantiles import Quantiles, quantiles
from likeness_client.load.run import Level
from likeness_client.load.stages import Split

_SPANS = ("upload", "job", "download", "delete")
_SHARES = ("queue", "compute", "network")


@dataclass(frozen=True, slots=True)
class StageSummary:
    """One stage of a render: quantiles of each share, and of the whole."""

    stage: str
    shares: dict[str, Quantiles]
    total: Quantiles
    # In seconds, on average: what a stacked bar shows.
    mean: Split


@dataclass(frozen=True, slots=True)
class LevelSummary:
    """One concurrency."""

    concurrency: int
    jobs: int
    seconds: float
    kept: int
    pictures_per_minute: float
    total: Quantiles
    spans: dict[str, Quantiles]
    stages: list[StageSummary]
    refused: dict[str, int]
    # Jobs by how they ended.
    states: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def summarised(level: Level) -> LevelSummary | None:
    """None where every job was refused."""
    if not level.samples:
        return None
    renders = [render for sample in level.samples for render in sample.renders]
    names = dict.fromkeys(stage for render in renders for stage in render)
    return LevelSummary(
        concurrency=level.concurrency,
        jobs=len(level.samples),
        seconds=level.seconds,
        kept=sum(sample.kept for sample in level.samples),
        pictures_per_minute=level.pictures_per_minute,
        total=quantiles([sample.total for sample in level.samples]),
        spans={name: quantiles([sample.spans[name] for sample in level.samples]) for name in _SPANS},
        stages=[_stage(name, [render[name] for render in renders if name in render]) for name in names],
        refused=dict(level.refused),
        states=_counted(str(sample.state) for sample in level.samples),
    )


def _stage(name: str, found: list[Split]) -> StageSummary:
    shares = {share: [getattr(split, share) for split in found] for share in _SHARES}
    mean = Split(*(sum(values) / len(values) for values in shares.values()))
    whole = quantiles([split.total for split in found])
    return StageSummary(name, {share: quantiles(values) for share, values in shares.items()}, whole, mean)


def _counted(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts
