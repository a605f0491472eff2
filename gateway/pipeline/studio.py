"""The course of a job: who it is, then every picture, then what was lent is given back.

studio = Studio(vault, peers, styles, metrics, settings)
async with running(database, url, studio.course, metrics=metrics) as jobs:
    desk = Desk(vault, jobs, database)          jobs are taken on there
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.job_pb2 import STAGE_EMBED, STAGE_GENERATE, JobSpec

from gateway.dispatch import Again, Dispatch
from gateway.jobs.port import Ending, Json, Run, State, Step
from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.peers import Peers, Turn, present
from gateway.pipeline import events
from gateway.pipeline.commission import Commission
from gateway.pipeline.finishing import Marker, Unmarked
from gateway.pipeline.orders import places, priority_of
from gateway.pipeline.picture import Picture
from gateway.pipeline.records import Records
from gateway.pipeline.rendering import Engine
from gateway.pipeline.settings import PipelineSettings
from gateway.pipeline.sitter import photos_of, sitter_of
from gateway.pipeline.workshop import Workshop
from gateway.retention.holdings import Holding, Kind
from gateway.styles import Styles
from gateway.vault import Vault
from likeness_wire.errors import BadPhoto, LikenessError, name_of, reason_named
from services.common.admission import Priority

_ONCE = Again(attempts=1)


class Studio:
    """One per gateway."""

    def __init__(
        self,
        vault: Vault,
        peers: Peers,
        styles: Styles,
        metrics: GatewayMetrics,
        settings: PipelineSettings,
        *,
        marker: Marker | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._vault = vault
        self._peers = peers
        self._encoding = Threads(settings.encoders)
        self._workshop = Workshop(
            vault, peers, styles, marker or Unmarked(), self._encoding, metrics, clock, settings.looks_every_steps
        )
        # Bounds memory. Those that somebody waits for never wait for a pack's.
        self._hands = {
            priority: Dispatch("gateway", places=settings.pictures_at_once, metrics=metrics, again=_ONCE)
            for priority in Priority
        }

    def close(self) -> None:
        """After the engine."""
        self._encoding.close()

    async def course(self, run: Run) -> Ending:
        """What the job engine runs. The order of steps is part of what is stored (docs/jobs.md)."""
        try:
            who = await run.step(self.identity)
            ending = await self._pictures(run, who["pictures"])
        except LikenessError as error:
            ending = Ending(State.FAILED, error.reason)
        with contextlib.suppress(LikenessError):  # whoever sweeps next does it (desk.py)
            await run.step(self.farewell)
        return ending

    async def identity(self, step: Step) -> Json:
        """Step: who is in the photos. Lies with them, and goes with them."""
        spec, upload = await self._asked(step)
        await _tell(step, events.staged(STAGE_EMBED))
        async with self._vault.in_flight(step.tenant, step.job), self._vault.in_flight(step.tenant, upload.id):
            photos = await photos_of(self._vault, upload)
            try:
                embedded = await self._peers.embedder.embed(photos, Turn(step.tenant, priority_of(spec)))
            except BadPhoto as error:
                await _tell(step, events.staged(STAGE_EMBED, error.metadata.get("photo", "")))
                raise
            await self._vault.put(upload, Kind.IDENTITY, 0, embedded.SerializeToString())
        await _tell(step, events.staged(STAGE_GENERATE))
        return {"pictures": len(places(spec))}

    async def picture(self, step: Step, number: int) -> Json:
        """Step: one picture."""
        spec, upload = await self._asked(step)
        records = Records(self._vault, await self._vault.find(step.tenant, step.job))
        picture = Picture(self._workshop, Commission(step, records, spec, places(spec)[number]))
        if (came := await picture.resume()) is not None:
            return came
        priority = priority_of(spec)

        async def in_hand() -> Json:
            async with self._vault.in_flight(step.tenant, step.job), self._vault.in_flight(step.tenant, upload.id):
                engine, compared = await self._line(spec)
                sitter = await sitter_of(self._vault, upload, photos=engine.takes_photo, compared=compared)
                return await picture.take(sitter, engine)

        return await self._hands[priority].call(in_hand, tenant=step.tenant, priority=priority, repeatable=False)

    async def farewell(self, step: Step) -> Json:
        """Step: from now on the photos' last hour runs."""
        await self._vault.finish(step.tenant, step.job)
        return None

    async def _pictures(self, run: Run, count: int) -> Ending:
        # Called in order, before any of them begins: that is how they are numbered.
        taken = [run.step(self.picture, number) for number in range(count)]
        came = await asyncio.gather(*[_outcome(run, number, each) for number, each in enumerate(taken)])
        missing = [outcome["reason"] for outcome in came if not outcome["kept"]]
        if not missing:
            return Ending(State.SUCCEEDED)
        reason = Counter(missing).most_common(1)[0][0]
        state = State.FAILED if len(missing) == count else State.PARTIAL
        return Ending(state, reason_named(reason) or reasons.REASON_INTERNAL)

    async def _line(self, spec: JobSpec) -> tuple[Engine, bool]:
        """Who renders, and whether photos are compared: nothing is rendered that nobody could measure or enlarge."""
        peers = self._peers
        enlarging = [peers.upscaler] if spec.HasField("long_side") else []
        generator, verifier, *_ = await present(peers.generator, peers.verifier, *enlarging)
        return Engine.of(generator), bool(verifier.second_opinions)

    async def _asked(self, step: Step) -> tuple[JobSpec, Holding]:
        """What was asked for, and the upload it is made from."""
        spec = await Records(self._vault, await self._vault.find(step.tenant, step.job)).spec()
        return spec, await self._vault.find(step.tenant, spec.upload.rpartition("/")[2])


async def _outcome(run: Run, number: int, taken: Awaitable[Any]) -> dict[str, Any]:
    """A picture that fails takes no other with it."""
    try:
        outcome: dict[str, Any] = await taken
    except LikenessError as error:
        note = events.given_up(number, 0, 0, error.reason)
        await run.emit(note.key, note.body)
        return {"kept": False, "reason": name_of(error.reason)}
    return outcome


async def _tell(step: Step, note: events.Note) -> None:
    await step.emit(note.key, note.body)
