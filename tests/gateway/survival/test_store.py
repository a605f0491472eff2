"""A store that errors in the middle of a job: ciphertext that cannot be written for a while, or at a bad moment."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Unavailable
from tests.gateway.flaky import Trouble
from tests.gateway.survival.gates import Gates
from tests.gateway.survival.scene import Scene, all_seeds, check_job, on_scene
from tests.gateway.survival.works import spec
from tests.running import until

PICTURES = 3


@pytest.fixture
async def scene(quick_path: Path) -> AsyncIterator[Scene]:
    async with on_scene(quick_path) as scene:
        yield scene


async def test_every_other_commit_fails(scene: Scene) -> None:
    """Nothing is rendered again for that, and each picture is there once."""
    commits: Counter[str] = Counter()

    def act(point: str) -> None:
        name, _, number = point.partition("#")
        # The first two are the photo and what is asked for, which callers send again.
        if name == "objects.commit" and int(number or 1) > 2:
            commits[name] += 1
            if commits[name] % 2:
                raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "away")

    async with scene.here(gates=Gates(act)) as works:
        job = await works.begin(spec(PICTURES))
        await check_job(works, job.id, PICTURES)
    assert commits["objects.commit"] >= 2 * 8
    assert scene.renders() == all_seeds(PICTURES)


async def test_the_store_is_away_for_a_while(scene: Scene) -> None:
    """While pictures are finished. They wait for it in the gateway's hands: none is rendered again."""
    store = Trouble()

    async def end() -> None:
        await until(lambda: len(store.asked) > 8)
        store.objects = False

    async with scene.here(store=store.store) as works:
        job = await works.begin(spec(PICTURES))
        await until(lambda: scene.services.generator.renders)
        store.objects = True
        store.asked.clear()
        ending = asyncio.create_task(end())

        await check_job(works, job.id, PICTURES)
        await ending
    assert scene.renders() == all_seeds(PICTURES)
