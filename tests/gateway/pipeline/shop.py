"""A gateway behind its API: real vault, real job engine, stand-in services, and small pictures."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from likeness.gateway.v1.event_pb2 import JobEvent
from likeness.gateway.v1.job_pb2 import Job, JobSpec, StyleOrder
from sqlalchemy import Connection

from gateway import names
from gateway.jobs.engine import DurableJobs, Pace, running
from gateway.jobs.port import FINAL
from gateway.metrics import GatewayMetrics
from gateway.pipeline.album import Album
from gateway.pipeline.desk import Desk
from gateway.pipeline.finishing import Marker
from gateway.pipeline.orders import Orders
from gateway.pipeline.settings import PipelineSettings
from gateway.pipeline.studio import Studio
from gateway.policy import read_policy
from gateway.retention.database import database_clock
from gateway.retention.holdings import Holding, Kind
from gateway.styles import read_styles
from gateway.vault import Vault
from services.common import images
from tests.gateway.house import TENANT, HandClock, House, open_house
from tests.gateway.jobs.toy import QUICK
from tests.stand_ins import Render, StandIns
from tests.stand_ins.renders import stamped

STYLES = Path(__file__).with_name("styles.toml")
SEED = 1000
PHOTO = images.encode_png(stamped(0, 100, 100))
POLICY = read_policy()
# For processes that die: others take over soon, and a busy machine can still renew.
KILLED = replace(QUICK, lease_s=3.0, grace_s=0.5)


def orders(**limits: object) -> Orders:
    settings = PipelineSettings(**limits)  # type: ignore[arg-type]
    return Orders(read_styles(STYLES), POLICY, settings.order_limits())


def spec(*counts: int, style: str = "plain", **fields: object) -> JobSpec:
    """Of one order for each count; the first one's seed is SEED, the next one's SEED + 1."""
    styles = [StyleOrder(style=style, count=count, seed=SEED + place) for place, count in enumerate(counts or (1,))]
    return JobSpec(styles=styles, **fields)  # type: ignore[arg-type]


def id_of(name: str) -> str:
    """The last part."""
    return name.rpartition("/")[2]


@dataclass(slots=True)
class Shop:
    """All that stands behind the API."""

    house: House
    services: StandIns
    jobs: DurableJobs
    studio: Studio
    desk: Desk
    album: Album
    orders: Orders
    metrics: GatewayMetrics

    async def upload(self, photos: int = 2, photo: bytes = PHOTO) -> Holding:
        async with self.house.vault.receiving(TENANT) as upload:
            for place in range(photos):
                await self.house.vault.put(upload, Kind.PHOTO, place, photo)
        return upload

    async def begin(self, asked: JobSpec | None = None, *, photo: bytes = PHOTO) -> str:
        upload = await self.upload(photo=photo)
        complete = self.orders.completed(asked or spec())
        complete.upload = names.upload(TENANT, upload.id)
        return (await self.desk.begin(TENANT, upload.id, complete)).id

    async def made(self, asked: JobSpec | None = None, *, photo: bytes = PHOTO) -> Job:
        """A job, once it has ended."""
        return await self.ended(await self.begin(asked, photo=photo))

    async def ended(self, job: str) -> Job:
        async with asyncio.timeout(30):
            await self.events(job)
        assert (await self.jobs.get(TENANT, job)).state in FINAL
        return await self.album.job(TENANT, job)

    async def events(self, job: str, offset: int = 0) -> list[JobEvent]:
        """Kept ones, until its end."""
        watched = self.album.watch(TENANT, job, offset)
        seen = [response.event async for response in watched]
        return [event for event in seen if event.WhichOneof("event") not in ("step", "alive", "preview")]

    async def download(self, job: str, number: int = 1, start: int = 0, length: int | None = None) -> bytes:
        async with self.album.reading(TENANT, job, number, start, length) as (_, content):
            return await content.whole()

    async def forget_photos(self, upload: str) -> None:
        """Their time is up, and the process notices as it would by itself within a second."""
        await self.house.vault.shorten(TENANT, upload, timedelta(0))
        await self.house.keeper.in_flight.look()

    async def stored(self, holding: str, kind: Kind) -> list[int]:
        return [each.index for each in await self.house.vault.stored(TENANT, holding) if each.kind is kind]


class Now(HandClock):
    """The time of day: jobs take it from the database."""

    def __call__(self, tx: Connection) -> int:
        return database_clock(tx)

    def monotonic(self) -> float:
        return time.monotonic()


class Gate:
    """Holds up renders, all but those with that seed: `services.generator.pause = gate.render`."""

    def __init__(self, passes: int | None = None) -> None:
        self.reached = asyncio.Event()
        self.go = asyncio.Event()
        self._passes = passes

    async def render(self, render: Render) -> None:
        if render.seed != self._passes:
            self.reached.set()
            await self.go.wait()


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Waits for what can only be asked for."""
    async with asyncio.timeout(15):
        while not await condition():  # noqa: ASYNC110 - nothing says so by itself
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def _kept_alive(house: House) -> AsyncIterator[None]:
    """As in a gateway: who has a face in its hands says so all the while."""
    beating = asyncio.create_task(house.keeper.in_flight.keep_alive())
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.wait([beating])


@contextlib.asynccontextmanager
async def open_shop(
    folder: Path,
    services: StandIns,
    *,
    pace: Pace = QUICK,
    marker: Marker | None = None,
    pulse_s: float = 10.0,
    mortal: Callable[[Vault], Vault] = lambda vault: vault,
    **settings: object,
) -> AsyncIterator[Shop]:
    """`mortal` stands between the studio and the vault."""
    configured = PipelineSettings(**({"looks_every_steps": 1} | settings))  # type: ignore[arg-type]
    async with (
        open_house(folder, Now()) as house,
        _kept_alive(house),
        services.peers(house.metrics) as peers,
    ):
        styles = read_styles(STYLES)
        studio = Studio(mortal(house.vault), peers, styles, house.metrics, configured, marker=marker)
        url = f"sqlite:///{house.folder / 'jobs.sqlite'}"
        async with running(house.database, url, studio.course, metrics=house.metrics, pace=replace(pace)) as jobs:
            desk = Desk(house.vault, jobs, house.database)
            album = Album(house.vault, jobs, pulse_s=pulse_s)
            takes = Orders(styles, POLICY, configured.order_limits())
            async with desk.at_work(every_s=0.1):
                yield Shop(house, services, jobs, studio, desk, album, takes, house.metrics)
        studio.close()
