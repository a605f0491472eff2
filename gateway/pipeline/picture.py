"""The step of one picture: its tries, until one is kept or they are used up.

Safe to run again from any point: tries that have a record are not made again, and a picture that is kept is only
reported. Latents that a rescue starts from live in this step's memory alone; cut off, their try is rendered anew.
"""

from collections.abc import Sequence

from likeness.common.v1.identity_pb2 import TIER_UNSPECIFIED
from likeness.gateway.v1.result_pb2 import OUTCOME_REJECTED_AFTER_UPSCALE, Try

from gateway.jobs.port import Json
from gateway.peers import Rendered
from gateway.pipeline import events
from gateway.pipeline.attempt import Attempt
from gateway.pipeline.commission import Commission
from gateway.pipeline.ladder import Rung, closer_in, next_rung
from gateway.pipeline.orders import shot_of
from gateway.pipeline.records import KeptPicture
from gateway.pipeline.rendering import Engine, Request, request, rescue
from gateway.pipeline.seeds import seed_of
from gateway.pipeline.sitter import Sitter
from gateway.pipeline.workshop import Workshop
from likeness_wire.chunks import Blob
from likeness_wire.errors import name_of


class Picture:
    """One picture in one execution of its step."""

    def __init__(self, workshop: Workshop, commission: Commission) -> None:
        self._workshop = workshop
        self._commission = commission
        self._number = commission.number
        self._records = commission.records
        self._most_tries = commission.spec.max_tries
        self._shot = shot_of(workshop.styles, commission.spec, commission.place)
        self._past: list[Try] = []
        self._latents: dict[int, Sequence[Blob]] = {}

    async def resume(self) -> Json:
        """What an execution before this one came to. None: there is something left to do."""
        self._past = await self._records.tries(self._number)
        for record in self._past:
            await self._commission.note(events.judged(self._number, record))
        kept = await self._records.kept(self._number)
        return None if kept is None else await self._report(kept)

    async def take(self, sitter: Sitter, engine: Engine) -> Json:
        """The tries that are left."""
        while len(self._past) < self._most_tries:
            rung = next_rung(self._past, can_rescue=engine.can_rescue(self._shot))
            came = await self._attempt(rung, sitter, engine)
            if isinstance(came, KeptPicture):
                return await self._report(came)
            self._past.append(came)
            await self._commission.note(events.judged(self._number, came))
        return await self._give_up()

    async def _attempt(self, rung: Rung, sitter: Sitter, engine: Engine) -> Try | KeptPicture:
        suffered = any(past.outcome == OUTCOME_REJECTED_AFTER_UPSCALE for past in self._past)
        attempt = Attempt(self._workshop, self._commission, sitter, rung.attempt, soften=suffered)
        came = await attempt.run(await self._request(rung, sitter, engine))
        self._remember(rung.attempt, attempt.rendered)
        return came

    async def _request(self, rung: Rung, sitter: Sitter, engine: Engine) -> Request:
        if rung.rescues is not None and (latents := await self._latents_of(rung.rescues, sitter, engine)) is not None:
            return rescue(self._plain(rung.attempt, closer_in(rung.rescues), sitter, engine), latents, engine)
        return self._plain(rung.attempt, closer_in(rung.attempt), sitter, engine)

    def _plain(self, attempt: int, closer: int, sitter: Sitter, engine: Engine) -> Request:
        shot = self._shot
        for _ in range(closer):
            shot = shot.stronger()
        place = self._commission.place
        seed = seed_of(place.order.seed, place.picture, attempt)
        asked = request(shot, seed, sitter, engine)
        # None of the last try: nothing comes after it.
        asked.options.send_latents = engine.can_rescue(shot) and attempt < self._most_tries
        return asked

    async def _latents_of(self, attempt: int, sitter: Sitter, engine: Engine) -> Sequence[Blob] | None:
        """Of a try made before; rendered once more where another execution made it. None: it leaves none after all."""
        if attempt not in self._latents:
            again = self._plain(attempt, closer_in(attempt), sitter, engine)
            again.options.step_id = self._commission.step.key
            (rendered,) = await self._workshop.peers.generator.render(again.options, again.blobs, self._commission.turn)
            self._remember(attempt, rendered if isinstance(rendered, Rendered) else None)
        return self._latents.get(attempt)

    def _remember(self, attempt: int, rendered: Rendered | None) -> None:
        if rendered is not None and rendered.latents is not None and rendered.anchor_latents is not None:
            self._latents[attempt] = (rendered.latents, rendered.anchor_latents)

    async def _report(self, kept: KeptPicture) -> Json:
        number = self._number
        await self._records.put_try(number, kept.record)
        await self._commission.note(events.judged(number, kept.record))
        await self._commission.note(events.kept(number, kept.result))
        tier = kept.result.drift.tier if kept.result.HasField("drift") else TIER_UNSPECIFIED
        return {"kept": True, "tier": int(tier)}

    async def _give_up(self) -> Json:
        last, why = self._past[-1], self._past[-1].problem.reason
        await self._commission.note(events.given_up(self._number, last.attempt, last.rendering.seed, why))
        self._workshop.metrics.pictures_given_up.inc()
        return {"kept": False, "reason": name_of(why)}
