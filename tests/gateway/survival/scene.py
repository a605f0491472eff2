"""What a kill test sees: gateways that come and go, what lies in the vault, and what was asked of services."""

import contextlib
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from likeness.gateway.v1 import job_pb2
from sqlalchemy import select

from gateway.pipeline.seeds import MOST_TRIES, seed_of
from gateway.retention.database import Database, connect
from gateway.retention.holdings import Kind
from gateway.retention.tables import OBJECTS
from tests.gateway.survival.works import SEED, Works, working
from tests.running import ROOT, until
from tests.stand_ins import StandIns, by_try, standing

# The first try of picture 1 drifts too far.
DRIFTS = {(1, 1): 0.45}


@dataclass(slots=True)
class Scene:
    """Services that stay, in a folder where gateways come and go."""

    folder: Path
    services: StandIns
    url: str | None = None

    @contextlib.contextmanager
    def gateway(self, **spec: object) -> Iterator["subprocess.Popen[bytes]"]:
        """In a process of its own. Gone at the end, whatever happened."""
        given = {"folder": str(self.folder), "url": self.url, "addresses": self.services.addresses} | spec
        command = [sys.executable, "-m", "tests.gateway.survival.process", json.dumps(given)]
        running = subprocess.Popen(command, cwd=ROOT)
        try:
            yield running
        finally:
            running.kill()
            running.wait()

    def here(self, **options: object) -> AbstractAsyncContextManager[Works]:
        """In the test's own process."""
        given = {"addresses": self.services.addresses, "url": self.url} | options
        return working(self.folder, **given)  # type: ignore[arg-type]

    def stored(self) -> dict[Kind, set[int]]:
        """What lies in the vault, by kind and place."""
        database = Database(connect(self.url or f"sqlite:///{self.folder / 'jobs.sqlite'}"))
        try:
            with database.reading() as tx:
                rows = tx.execute(select(OBJECTS.c.kind, OBJECTS.c.index).where(OBJECTS.c.stored_time.is_not(None)))
                found: dict[Kind, set[int]] = {kind: set() for kind in Kind}
                for kind, index in rows:
                    found[Kind(kind)].add(index)
                return found
        finally:
            database.engine.dispose()

    def recorded_seeds(self) -> set[int]:
        """Of renders that have come to something: rejected and recorded, or kept."""
        stored = self.stored()
        tries = {seed_of(SEED, *_place(index)) for index in stored[Kind.TRY]}
        return tries | {self._kept_seed(number) for number in stored[Kind.RESULT]}

    def renders(self) -> Counter[int]:
        """How often each seed was rendered."""
        return Counter(render.seed for render in self.services.generator.renders)

    def _kept_seed(self, number: int) -> int:
        rejected = max((attempt for (picture, attempt) in DRIFTS if picture == number), default=0)
        return seed_of(SEED, number, rejected + 1)


@contextlib.asynccontextmanager
async def on_scene(folder: Path, url: str | None = None) -> AsyncIterator[Scene]:
    async with standing() as services:
        services.verifier.drift = by_try(SEED, DRIFTS)
        yield Scene(folder, services, url)


async def died(running: "subprocess.Popen[bytes]") -> None:
    await until(lambda: running.poll() is not None, 30)
    assert running.returncode == -signal.SIGKILL


async def reached(scene: Scene, point: str) -> None:
    await until(lambda: (scene.folder / f"{point}.reached").exists(), 30)


def check_renders(scene: Scene, recorded: set[int], expected: Mapping[int, int]) -> None:
    """What had a record was not rendered again; what was at work may have been, once."""
    renders = scene.renders()

    assert renders.keys() == expected.keys()
    assert {seed for seed, times in renders.items() if times > 1} & recorded == set()
    assert max(renders.values()) <= 2


def all_seeds(pictures: int) -> dict[int, int]:
    """Every render of a job of that many, each once."""
    seeds = [seed_of(SEED, picture, 1) for picture in range(pictures)]
    seeds += [seed_of(SEED, picture, attempt + 1) for picture, attempt in DRIFTS if picture < pictures]
    return dict.fromkeys(seeds, 1)


async def check_job(works: Works, job: str, pictures: int) -> job_pb2.Job:
    """It ended once and well, with every picture once, readable."""
    found, events = await works.ended(job), await works.events(job)
    keys = [event.key for event in events]

    assert found.state == job_pb2.STATE_SUCCEEDED
    assert len(keys) == len({*keys})
    assert 1 == sum(event.body.get("kind") == "state" and event.body["state"] == "succeeded" for event in events)
    assert {f"result-{number}" for number in range(pictures)} == {key for key in keys if key.startswith("result-")}
    assert sorted((result.style_index, result.picture) for result in found.results) == [(0, n) for n in range(pictures)]
    assert all(data.startswith(b"\xff\xd8\xff") for data in await works.pictures(job))
    return found


def _place(index: int) -> tuple[int, int]:
    return index // MOST_TRIES, index % MOST_TRIES + 1
