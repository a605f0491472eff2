"""What the caller of a job sees of it: itself, its results, its records, and what happens to it.

    album = Album(vault, jobs)
    job = await album.job(tenant, id)                              GetJob
    briefs = [await album.brief(each) for each in page.jobs]       ListJobs
    async for response in album.watch(tenant, id, offset, previews=True): ...
    tries = await album.tries(tenant, id, after=50, size=50)
    async with album.reading(tenant, id, number, start, length) as (result, content): ...

Everything raises NotFound, with EXPIRED for what has been forgotten. Results and tries are numbered from 1 in the
order of their events, which never changes.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import TypeVar

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.work_pb2 import MadeBy
from likeness.gateway.v1 import job_pb2
from likeness.gateway.v1.gateway_pb2 import WatchJobResponse
from likeness.gateway.v1.result_pb2 import OUTCOME_KEPT, Result, Try

from gateway import names
from gateway.jobs.port import Event, Job, JobEngine, Passing, Seen
from gateway.pipeline import messages
from gateway.pipeline.broadcast import Broadcast
from gateway.pipeline.events import Judged, Kept
from gateway.pipeline.facts import Facts, Remembered
from gateway.pipeline.pack import Tally
from gateway.pipeline.records import KeptPicture, Records, try_index
from gateway.retention.holdings import Kind
from gateway.sealed import Content
from gateway.vault import Vault
from likeness_wire.errors import BadRequest, NotFound

T = TypeVar("T")

PULSE_S = 10.0


class Album:
    """One per gateway. `clock`: seconds since 1970, the job database's or near it."""

    def __init__(
        self, vault: Vault, jobs: JobEngine, *, clock: Callable[[], float] = time.time, pulse_s: float = PULSE_S
    ) -> None:
        self._vault = vault
        self._jobs = jobs
        self._clock = clock
        self._pulse_s = pulse_s
        self._remembered = Remembered()

    async def job(self, tenant: str, job: str) -> job_pb2.Job:
        """All of it."""
        seen, tally = await self._look(tenant, job)
        facts, moment = self._remembered.of(job), (seen.job, seen.holding, seen.photos)
        if (known := facts.answer(moment)) is not None:
            return known
        message = await self._whole(seen, tally, facts)
        if len(message.results) == len(tally.results):
            facts.keep_answer(moment, message)
        return message

    async def _whole(self, seen: Seen, tally: Tally, facts: Facts) -> job_pb2.Job:
        message, results = self._message(seen, tally), list(tally.results)
        records = Records(self._vault, seen.holding)
        message.spec.CopyFrom(spec := facts.spec or await records.spec())
        facts.keep_spec(spec)
        await self._read_results(records, facts, [each.number for each in results])
        for number, each in enumerate(results, 1):
            if each.number in facts.results:
                message.results.append(messages.result(seen.holding, number, facts.results[each.number]))
        message.made_by.extend(await self._made_by(records, tally, message.results))
        return message

    async def brief(self, found: Job) -> job_pb2.Job:
        """As lists have it: without what lies in the vault."""
        return self._message(*await self._look(found.tenant, found.id))

    async def tries(self, tenant: str, job: str, after: int = 0, size: int = 50) -> list[Try]:
        """Records in the order rendered, from behind that number on. The last one's name has its number."""
        seen, tally = await self._look(tenant, job)
        records = Records(self._vault, seen.holding)
        chosen = list(enumerate(tally.tries, 1))[after : after + size]
        async with self._vault.in_flight(tenant, job):
            read = await asyncio.gather(*[records.attempt(each.number, each.attempt) for _, each in chosen])
        results = {each.number: number for number, each in enumerate(tally.results, 1)}
        for (number, each), record in zip(chosen, read, strict=True):
            record.name = names.attempt(tenant, job, number)
            if each.outcome == OUTCOME_KEPT and each.number in results:
                record.result = names.result(tenant, job, results[each.number])
        return read

    async def result(self, tenant: str, job: str, number: int) -> Result:
        """What can be said of it."""
        records, _, kept = await self._one(tenant, job, number)
        return messages.result(records.job, number, kept.result)

    @contextlib.asynccontextmanager
    async def reading(
        self, tenant: str, job: str, number: int, start: int = 0, length: int | None = None
    ) -> AsyncIterator[tuple[Result, Content]]:
        """A result's bytes, or part of them. INVALID_FIELD where they end before the start."""
        records, place, kept = await self._one(tenant, job, number)
        if not 0 <= start < kept.result.size_bytes:
            raise _no_such_offset("beyond the end of the result")
        start += kept.offset
        async with self._vault.reading(tenant, job, Kind.RESULT, place, start, length) as content:
            yield messages.result(records.job, number, kept.result), content

    @contextlib.asynccontextmanager
    async def thumbnail(self, tenant: str, job: str, number: int, *, of_try: bool) -> AsyncIterator[Content]:
        """JPEG, of a result or of a try."""
        _, tally = await self._look(tenant, job)
        chosen: Judged | Kept = _at(tally.tries, number) if of_try else _at(tally.results, number)
        index = try_index(chosen.number, chosen.attempt)
        async with self._vault.reading(tenant, job, Kind.THUMBNAIL, index) as content:
            yield content

    async def watch(
        self, tenant: str, job: str, offset: int = 0, *, previews: bool = False
    ) -> AsyncGenerator[WatchJobResponse, None]:
        """Kept events after that offset, passing ones as they come, a sign of life in between, until the job's end."""
        seen, _ = await self._look(tenant, job)
        if offset > seen.job.events:
            raise _no_such_offset(f"only {seen.job.events} events have happened")
        broadcast = Broadcast(Records(self._vault, seen.holding), self._clock, offset, previews=previews)
        async with (
            # From the first on: what an event means depends on those before it.
            contextlib.aclosing(self._jobs.watch(tenant, job)) as events,
            contextlib.aclosing(_with_pulse(events, self._pulse_s)) as happening,
        ):
            async for each in happening:
                async for response in broadcast.responses(each):
                    yield response

    async def _look(self, tenant: str, job: str) -> tuple[Seen, Tally]:
        """What happened before is remembered; only news is read."""
        after = self._remembered.offset(job)
        try:
            seen = await self._jobs.look(tenant, job, after)
            facts = self._remembered.of(job)
            if facts.offset < after:  # let go of meanwhile
                seen = await self._jobs.look(tenant, job)
        except NotFound:
            self._remembered.forget(job)
            raise
        facts.hear(seen.events)
        return seen, facts.tally

    def _message(self, seen: Seen, tally: Tally) -> job_pb2.Job:
        return messages.job(seen.job, tally, seen.holding, seen.photos, int(self._clock() * 1000))

    async def _read_results(self, records: Records, facts: Facts, numbers: Sequence[int]) -> None:
        """Those that nobody has asked for lately: together, as one call that has some of the job in its hands."""
        missing = [number for number in numbers if number not in facts.results]
        if not missing:
            return
        async with self._vault.in_flight(records.job.tenant, records.job.id):
            read = await asyncio.gather(*[records.kept(number) for number in missing])
        facts.results.update({number: kept.result for number, kept in zip(missing, read, strict=True) if kept})

    async def _one(self, tenant: str, job: str, number: int) -> tuple[Records, int, KeptPicture]:
        seen, tally = await self._look(tenant, job)
        records, place = Records(self._vault, seen.holding), _at(tally.results, number).number
        kept = await records.kept(place)
        if kept is None:
            raise _not_found()
        return records, place, kept

    async def _made_by(self, records: Records, tally: Tally, kept: Sequence[Result]) -> list[MadeBy]:
        """Those of what was kept; where nothing was, those of the last try."""
        made = [maker for each in kept for maker in each.made_by]
        if not made and tally.tries:
            last = tally.tries[-1]
            made = list((await records.attempt(last.number, last.attempt)).made_by)
        return [maker for place, maker in enumerate(made) if maker not in made[:place]]


def _at(things: Sequence[T], number: int) -> T:
    if not 1 <= number <= len(things):
        raise _not_found()
    return things[number - 1]


def _not_found() -> NotFound:
    return NotFound(reasons.REASON_NOT_FOUND, "there is no such resource")


async def _with_pulse(
    events: AsyncGenerator[Event | Passing, None], every_s: float
) -> AsyncGenerator[Event | Passing | None, None]:
    """None after so long a silence. The source is asked once and waited for: cancelling it would end it."""
    coming: asyncio.Task[Event | Passing] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(events))
            if not (await asyncio.wait([coming], timeout=every_s))[0]:
                yield None
                continue
            try:
                event = coming.result()
            except StopAsyncIteration:
                return
            coming = None
            yield event
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.wait([coming])


def _no_such_offset(problem: str) -> BadRequest:
    return BadRequest(reasons.REASON_INVALID_FIELD, f"offset: {problem}", fields={"offset": problem})
