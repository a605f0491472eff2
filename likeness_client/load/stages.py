"""Where the time of a render went: for each stage, how long it waited, was worked on, and was on its way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from likeness_client.values.basics import Timing
from likeness_client.values.events import StateChanged

# The gateway's record of a try: "generate" is the whole call as it saw it, "generate.queue" what of it the service had
# it wait, "generate.turn" what the gateway did, "generate.execute" and others what was worked.
_INSIDE = "."
_WAITING = frozenset({"queue", "turn"})


@dataclass(frozen=True, slots=True)
class Split:
    """In seconds. `network`: what neither side accounts for: travel, (de)serialising, and the machine being busy."""

    queue: float
    compute: float
    network: float

    @property
    def total(self) -> float:
        return self.queue + self.compute + self.network


def splits(timings: Iterable[Timing]) -> dict[str, Split]:
    """By stage, in the order they came. A stage of the gateway's own is all compute."""
    seconds = {timing.stage: timing.duration / timedelta(seconds=1) for timing in timings}
    return {stage: _split(total, _inside(stage, seconds)) for stage, total in seconds.items() if _INSIDE not in stage}


def before_rendering(events: Iterable[StateChanged]) -> dict[str, Split]:
    """What a job goes through before its first render: its place in the queue, and the photos' embedding."""
    begins: dict[str, datetime] = {}
    for event in events:
        begins.setdefault(str(event.stage or event.state), event.time)
    queued, embed, generate = (begins.get(name) for name in ("queued", "embed", "generate"))
    found = {}
    if queued and embed:
        found["wait"] = Split((embed - queued) / timedelta(seconds=1), 0.0, 0.0)
    if embed and generate:
        found["embed"] = Split(0.0, (generate - embed) / timedelta(seconds=1), 0.0)
    return found


def _inside(stage: str, seconds: Mapping[str, float]) -> dict[str, float]:
    beginning = stage + _INSIDE
    return {name.removeprefix(beginning): value for name, value in seconds.items() if name.startswith(beginning)}


def _split(total: float, inside: Mapping[str, float]) -> Split:
    """Parts of a service may overlap, so that together they are longer than the whole; then they are scaled down."""
    if not inside:
        return Split(0.0, total, 0.0)
    queue = sum(value for name, value in inside.items() if name in _WAITING)
    compute = sum(inside.values()) - queue
    scale = min(1.0, total / (queue + compute)) if queue + compute else 1.0
    queue, compute = queue * scale, compute * scale
    return Split(queue, compute, max(0.0, total - queue - compute))
