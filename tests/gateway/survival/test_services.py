"""Services that go away in the middle of a job and come back, with a gateway in this process."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from gateway.peers import Turn
from likeness_wire.errors import Exhausted, Unavailable
from tests.gateway.house import TENANT
from tests.gateway.survival.scene import Scene, all_seeds, check_job, check_renders, on_scene
from tests.gateway.survival.works import spec
from tests.running import until
from tests.stand_ins import Render, Trouble, lost
from tests.stand_ins.service import StandIn

PICTURES = 3


@pytest.fixture
async def scene(quick_path: Path) -> AsyncIterator[Scene]:
    async with on_scene(quick_path) as scene:
        yield scene


class Leaving:
    """A service that is killed while it works on its second item, and is back a little later."""

    def __init__(self, service: StandIn, items: int) -> None:
        self._service = service
        self._left = items
        self.gone = False

    async def __call__(self, item: object) -> None:
        self._left -= 1
        if self._left == 0:
            asyncio.get_running_loop().create_task(self._go())
            await asyncio.Event().wait()

    async def _go(self) -> None:
        await self._service.leave()
        self.gone = True
        await self._service.come()


@pytest.mark.parametrize(("name", "items"), [("embedder", 1), ("generator", 2), ("verifier", 3), ("upscaler", 2)])
async def test_a_service_goes_away_and_comes_back(scene: Scene, name: str, items: int) -> None:
    """In the middle of a picture. Only what was with it is done again, and the job does not notice."""
    service = getattr(scene.services, name)
    service.pause = leaving = Leaving(service, items)
    async with scene.here() as works:
        job = await works.begin(spec(PICTURES))

        await check_job(works, job.id, PICTURES)
    assert leaving.gone
    check_renders(scene, set(), all_seeds(PICTURES))
    if name != "generator":
        assert set(scene.renders().values()) == {1}


@pytest.mark.parametrize(
    "trouble",
    [
        lost,
        Trouble(when="middle"),
        Trouble(Exhausted(reasons.REASON_QUEUE_FULL, "all places are taken", retry_after_s=0.1)),
        Trouble(Unavailable(reasons.REASON_STARTING, "models are being loaded")),
        Trouble(Unavailable(reasons.REASON_WORKER_LOST, "the worker died"), when="middle"),
    ],
    ids=["lost", "lost in mid-stream", "full", "starting", "worker lost"],
)
async def test_every_call_fails_once(scene: Scene, trouble: Trouble) -> None:
    """In turn at every service; the job ends as if nothing had happened."""
    for service in scene.services.all:
        service.trouble.append(trouble)
    async with scene.here() as works:
        job = await works.begin(spec(PICTURES))

        await check_job(works, job.id, PICTURES)
    check_renders(scene, set(), all_seeds(PICTURES))


@pytest.mark.parametrize("name", ["verifier", "upscaler"])
async def test_nothing_is_rendered_while_nobody_could_go_on_with_it(scene: Scene, name: str) -> None:
    """The job waits for the service instead, longer than calls are repeated."""
    service = getattr(scene.services, name)
    await service.leave()
    async with scene.here() as works:
        job = await works.begin(spec(PICTURES))
        await until(lambda: scene.services.embedder.calls)
        for _ in range(3):
            assert await getattr(works.peers, name).info() is None
        await service.come()

        await check_job(works, job.id, PICTURES)
    assert scene.renders() == all_seeds(PICTURES)


async def test_somebody_else_calls_for_the_same_step(scene: Scene) -> None:
    """A gateway that lost the job and does not know it yet: its call ends ours, and ours is made again."""
    first = asyncio.Event()

    async def hold(render: Render) -> None:
        if render.number == 1:
            first.set()
            await asyncio.Event().wait()

    scene.services.generator.pause = hold
    async with scene.here() as works:
        job = await works.begin(spec(PICTURES))
        await first.wait()
        await works.peers.generator.render(scene.services.generator.renders[0].options, [], Turn(TENANT))

        await check_job(works, job.id, PICTURES)
