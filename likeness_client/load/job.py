"""One job from photo to receipt, as a caller measures it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from likeness_client import AsyncLikeness, Consent, Job, Order, Wishes
from likeness_client.load.stages import Split, before_rendering, splits
from likeness_client.values.events import JobEvent, StateChanged
from likeness_client.values.words import State


@dataclass(frozen=True, slots=True)
class Errand:
    """What every job of a bench asks for."""

    photo: bytes = field(repr=False)
    orders: Sequence[Order]
    consent: Consent
    wishes: Wishes


@dataclass(slots=True)
class Sample:
    """What one job took. `spans`: seconds by what the caller did; `renders`: a split by stage, of what came before the
    first render and of every try.
    """

    spans: dict[str, float] = field(default_factory=dict)
    renders: list[dict[str, Split]] = field(default_factory=list)
    state: State | None = None
    kept: int = 0
    problem: str = ""

    @property
    def total(self) -> float:
        return sum(self.spans.values())

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.spans[name] = time.monotonic() - began


async def measured(likeness: AsyncLikeness, errand: Errand) -> Sample:
    """Nothing of it is left at the gateway, however it ends. Raises where the gateway refuses."""
    sample = Sample()
    with sample.span("upload"):
        upload = await likeness.upload(errand.photo)
    try:
        await _worked(likeness, errand, upload.name, sample)
    finally:
        with sample.span("delete"):
            await likeness.delete(upload)
    return sample


async def _worked(likeness: AsyncLikeness, errand: Errand, upload: str, sample: Sample) -> None:
    events: list[JobEvent] = []
    with sample.span("job"):
        job = await likeness.create_job(upload, errand.orders, consent=errand.consent, wishes=errand.wishes)
        job = await likeness.wait(job, events.append)
    with sample.span("download"):
        for result in job.results:
            await likeness.picture(result)
    _note(sample, job)
    sample.renders = [before_rendering(event for event in events if isinstance(event, StateChanged))]
    sample.renders += [splits(each.timings) for each in await likeness.tries(job)]


def _note(sample: Sample, job: Job) -> None:
    sample.state, sample.kept = job.state, len(job.results)
    sample.problem = job.problem.reason if job.problem else ""
