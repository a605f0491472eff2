"""A gateway without its front: vault, engine, course and services, over a folder and a database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from likeness.gateway.v1 import job_pb2
from likeness.gateway.v1.job_pb2 import JobSpec, StyleOrder

from gateway import names
from gateway.dispatch import Again
from gateway.jobs.engine import DurableJobs, Pace, running
from gateway.jobs.port import Event, State
from gateway.keeping import Keeper
from gateway.keys.file import FileKeyStore
from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.peers import Peers, PeerSettings, open_peers
from gateway.pipeline.album import Album
from gateway.pipeline.desk import Desk
from gateway.pipeline.finishing import Marker
from gateway.pipeline.orders import OrderLimits, Orders
from gateway.pipeline.settings import PipelineSettings
from gateway.pipeline.studio import Studio
from gateway.policy import read_policy
from gateway.retention.database import Database, connect
from gateway.retention.holdings import Holding, Kind, Terms
from gateway.storage.directory import DirectoryStore
from gateway.storage.store import Store
from gateway.styles import read_styles
from gateway.vault import Vault
from likeness_wire.errors import Unavailable
from services.common.images import encode_jpeg
from tests.gateway.flaky import GatedStore
from tests.gateway.house import SIGNER, TENANT
from tests.gateway.survival.gates import Gates

# A busy machine has to be able to renew the lease.
PACE = Pace(lease_s=3, beat_s=0.2, sweep_s=0.1, poll_s=0.05, watch_s=0.05, grace_s=0.5, stall_s=1)
AGAIN = Again(attempts=4, first_pause_s=0.05, longest_pause_s=1)
PHOTO = encode_jpeg(np.full((100, 100, 3), 128, np.uint8))
SEED = 1000


def spec(pictures: int = 3, *, style: str = "corporate", long_side: int | None = 1200, **fields: object) -> JobSpec:
    """Of one style, from a seed that scripts know."""
    order = StyleOrder(style=style, count=pictures, seed=SEED)
    return JobSpec(styles=[order], long_side=long_side, **fields)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Works:
    """One gateway at work."""

    vault: Vault
    database: Database
    jobs: DurableJobs
    desk: Desk
    album: Album
    orders: Orders
    peers: Peers
    metrics: GatewayMetrics

    async def begin(self, wanted: JobSpec, photo: bytes = PHOTO) -> Holding:
        async with self.vault.receiving(TENANT) as upload:
            await self.vault.put(upload, Kind.PHOTO, 0, photo)
        return await self.desk.begin(TENANT, upload.id, self.complete(wanted, upload.id))

    def complete(self, wanted: JobSpec, upload: str) -> JobSpec:
        asked = JobSpec()
        asked.CopyFrom(wanted)
        asked.upload = names.upload(TENANT, upload)
        return self.orders.completed(asked)

    async def ended(self, job: str, at_most_s: float = 60) -> job_pb2.Job:
        """As it is once it has ended. As any caller does, it asks again while nobody can answer."""
        async with asyncio.timeout(at_most_s):
            while True:
                try:
                    await self.events(job)
                    return await self.album.job(TENANT, job)
                except Unavailable:
                    await asyncio.sleep(0.1)

    async def events(self, job: str) -> list[Event]:
        return [event async for event in self.jobs.watch(TENANT, job) if isinstance(event, Event)]

    async def state(self, job: str) -> State:
        return (await self.jobs.get(TENANT, job)).state

    async def pictures(self, job: str) -> list[bytes]:
        """Results as files, in their order."""
        return [await self._picture(job, number) for number in range(1, len((await self.ended(job)).results) + 1)]

    async def _picture(self, job: str, number: int) -> bytes:
        async with self.album.reading(TENANT, job, number) as (_, content):
            return await content.whole()


@contextlib.asynccontextmanager
async def working(
    folder: Path,
    addresses: Mapping[str, str],
    *,
    url: str | None = None,
    gates: Gates | None = None,
    store: Callable[[Store], Store] = lambda store: store,
    pace: Pace = PACE,
    again: Again = AGAIN,
    may_keep_everything: bool = False,
    marker: Marker | None = None,
    styles_file: Path | None = None,
    **changes: float,
) -> AsyncIterator[Works]:
    """`addresses`: fields of PeerSettings. `url`: of the job database, if not a file in the folder."""
    gates, metrics = gates or Gates(), GatewayMetrics()
    pace = replace(pace, **changes)  # type: ignore[arg-type]
    url = url or f"sqlite:///{folder / 'jobs.sqlite'}"
    database = Database(connect(url, stall_s=pace.stall_s))
    keys, objects = FileKeyStore(folder / "keys" / "keys.sqlite"), DirectoryStore(folder / "objects")
    keeper = Keeper(database, keys, store(GatedStore(objects, gates.now)), SIGNER, Terms(), Threads(8), metrics)
    styles = read_styles(styles_file)
    orders = Orders(styles, read_policy(), OrderLimits(may_keep_everything=may_keep_everything))
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(keeper.close)
        await stack.enter_async_context(keeper.at_work(1.0))
        peers = await stack.enter_async_context(open_peers(PeerSettings(**addresses), metrics, again=again))
        studio = Studio(keeper.vault, gates.peers(peers), styles, metrics, PipelineSettings(), marker=marker)
        stack.callback(studio.close)
        course = gates.course(studio.course)
        jobs = await stack.enter_async_context(running(database, url, course, metrics=metrics, pace=pace))
        desk = await stack.enter_async_context(Desk(keeper.vault, jobs, database).at_work(0.5))
        yield Works(keeper.vault, database, jobs, desk, Album(keeper.vault, jobs), orders, peers, metrics)
