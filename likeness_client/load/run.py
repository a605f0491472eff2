"""Jobs, so many at a time, until enough have been measured."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from likeness_client import AsyncLikeness
from likeness_client.load.job import Errand, Sample, measured
from likeness_wire.errors import LikenessError


@dataclass(slots=True)
class Level:
    """What came of one concurrency. `seconds`: from the first job's start to the last one's end."""

    concurrency: int
    seconds: float = 0.0
    samples: list[Sample] = field(default_factory=list)
    # Why jobs were refused, and how often.
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def pictures_per_minute(self) -> float:
        return 60 * sum(sample.kept for sample in self.samples) / self.seconds if self.seconds else 0.0


async def run(likeness: AsyncLikeness, errand: Errand, concurrency: int, jobs: int, heard: Callable[[], None]) -> Level:
    """`heard` is called after every job."""
    level, left = Level(concurrency), iter(range(jobs))

    async def caller() -> None:
        """One after the other: a caller who waits for its job before it sends the next."""
        for _ in left:
            try:
                level.samples.append(await measured(likeness, errand))
            except LikenessError as error:
                why = f"{error.message} ({error.reason_name})"
                level.refused[why] = level.refused.get(why, 0) + 1
            heard()

    began = time.monotonic()
    async with asyncio.TaskGroup() as callers:
        for _ in range(min(concurrency, jobs)):
            callers.create_task(caller())
    level.seconds = time.monotonic() - began
    return level
