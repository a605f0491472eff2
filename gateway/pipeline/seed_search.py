"""Many seeds tried cheaply, the nearest of them named: FindSeed.

A candidate has a third of its style's steps and one pass; the noise decides early how a picture is laid out. Its canvas
is the style's own: on another one the same seed is other noise (correlation 0.00), and says nothing of the picture that
a job will make of it.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace

from likeness.common.v1.chunk_pb2 import KIND_JPEG, ROLE_PREVIEW
from likeness.common.v1.work_pb2 import MadeBy
from likeness.embedder.v1 import embedder_pb2
from likeness.gateway.v1.job_pb2 import StyleOrder
from likeness.gateway.v1.seed_pb2 import SeedCandidate, SeedRanking
from likeness.verifier.v1.verifier_pb2 import VerifiedPicture

from gateway.peers import Peers, Rendered, Turn, present
from gateway.pipeline import finishing
from gateway.pipeline.rendering import Engine, request
from gateway.pipeline.sitter import Sitter, photos_of
from gateway.retention.holdings import Holding
from gateway.styles import Shot, Styles
from gateway.vault import Vault
from likeness_wire.chunks import Blob
from services.common.timings import Stopwatch

USUAL_CANDIDATES = 16

_CHEAPER_BY = 3
_LEAST_STEPS = 8
# Rendered or being measured; each holds a picture of 3 MB. Dispatch decides how many are rendered at once.
_AT_ONCE = 16
_SEEDS = 2**32


@dataclass(frozen=True, slots=True)
class Candidate:
    """A seed that was tried, and a small look at it where one is wanted."""

    message: SeedCandidate
    look: Blob | None = field(default=None, repr=False)


class SeedSearch:
    """One per gateway. It stores nothing."""

    def __init__(self, vault: Vault, peers: Peers, styles: Styles) -> None:
        self._vault = vault
        self._peers = peers
        self._styles = styles

    async def run(
        self,
        upload: Holding,
        order: StyleOrder,
        turn: Turn,
        *,
        candidates: int = USUAL_CANDIDATES,
        looks: bool = False,
        premium: bool = False,
    ) -> AsyncGenerator[Candidate | SeedRanking, None]:
        """Each candidate as it is measured, then the ranking. Close it to end it: `contextlib.aclosing`.

        The order is complete, its seed included. `premium`: the canvas of pictures that are going to be enlarged.
        """
        shot = cheap(self._shot(order, premium))
        watch, makers = Stopwatch(), _Makers()
        async with self._vault.in_flight(upload.tenant, upload.id):
            sitter = await self._sitter(upload, turn, watch)
            makers.add(sitter.made_by)
            generator, _ = await present(self._peers.generator, self._peers.verifier)
            look = _Look(self._peers, sitter, Engine.of(generator), shot, turn, looks, watch, makers)
            found = []
            async with contextlib.aclosing(_as_finished(look, counted_up(order.seed, candidates))) as finished:
                async for candidate in finished:
                    found.append(candidate.message)
                    yield candidate
        yield SeedRanking(candidates=ranked(found), timings=watch.timings(), made_by=makers.found)

    def _shot(self, order: StyleOrder, premium: bool) -> Shot:
        return self._styles.shot(
            order.style, pose=order.pose, expression=order.expression, free_text=order.free_text, premium=premium
        )

    async def _sitter(self, upload: Holding, turn: Turn, watch: Stopwatch) -> Sitter:
        """Embedded anew: an upload that no job has adopted has no identity, and gets none by being looked at."""
        photos = await photos_of(self._vault, upload)
        with watch.stage("embed"):
            return Sitter(await self._peers.embedder.embed(photos, turn, mode=embedder_pb2.MODE_REQUIRE), photos)


def cheap(shot: Shot) -> Shot:
    """The same picture with less effort."""
    steps = min(shot.steps, max(_LEAST_STEPS, shot.steps // _CHEAPER_BY))
    return replace(shot, steps=steps, plan="single")


def counted_up(seed: int, candidates: int) -> list[int]:
    return [(seed + place) % _SEEDS for place in range(candidates)]


def ranked(candidates: Sequence[SeedCandidate]) -> list[SeedCandidate]:
    """Measured ones, nearest first; equal ones by seed, whichever was done first."""
    measured = [candidate for candidate in candidates if candidate.HasField("drift")]
    return sorted(measured, key=lambda candidate: (candidate.drift.value, candidate.seed))


class _Makers:
    """The services that took part, each once."""

    def __init__(self) -> None:
        self.found: list[MadeBy] = []

    def add(self, maker: MadeBy) -> None:
        if maker not in self.found:
            self.found.append(maker)


@dataclass(frozen=True, slots=True)
class _Look:
    """Everything it takes to try a seed."""

    peers: Peers
    sitter: Sitter = field(repr=False)
    engine: Engine
    shot: Shot
    turn: Turn
    small_pictures: bool
    watch: Stopwatch
    makers: _Makers

    async def at(self, seed: int) -> Candidate:
        """Without a drift where nothing was rendered, or nothing could be measured."""
        asked = request(self.shot, seed, self.sitter, self.engine)
        with self.watch.stage("generate"):
            (picture,) = await self.peers.generator.render(asked.options, asked.blobs, self.turn)
        if not isinstance(picture, Rendered):
            return Candidate(SeedCandidate(seed=seed))
        self.makers.add(picture.facts.made_by)
        seen = await self._measured(picture.picture)
        message = SeedCandidate(seed=seed, drift=seen.drift if seen.HasField("drift") else None)
        if not self.small_pictures:
            return Candidate(message)
        message.has_preview = True
        jpeg = await asyncio.to_thread(finishing.thumbnail, picture.picture)
        return Candidate(message, Blob(ROLE_PREVIEW, KIND_JPEG, jpeg))

    async def _measured(self, picture: Blob) -> VerifiedPicture:
        against, photos = self.sitter.reference(photos=False)
        with self.watch.stage("verify"):
            verified = await self.peers.verifier.verify(against, photos, [picture], self.turn)
        self.makers.add(verified.done.made_by)
        return verified.pictures[0]


async def _as_finished(look: _Look, seeds: Sequence[int]) -> AsyncGenerator[Candidate, None]:
    """One failure ends them all, and so does closing."""
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def one(seed: int) -> Candidate:
        async with at_once:
            return await look.at(seed)

    tasks = [asyncio.create_task(one(seed)) for seed in seeds]
    try:
        for task in asyncio.as_completed(tasks):
            yield await task
    finally:
        for unfinished in tasks:
            unfinished.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
