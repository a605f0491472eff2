"""Callers that do what a product does, all day: photos, a job, its pictures, and everything deleted again."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from bench.drill.ledger import Visit
from likeness_client import AsyncLikeness, Consent, Order, Wishes
from likeness_client.connection import PATIENCE
from likeness_client.values.events import ResultStored, StateChanged
from likeness_client.values.job import Job
from likeness_wire.errors import Cancelled, Exhausted, LikenessError, OutOfTime, Unavailable
from likeness_wire.resend import Patience

T = TypeVar("T")

# After what the client itself has tried, a caller comes back for so long.
_PERSISTS_S = 120.0
_COMES_BACK_S = 0.5
_JOB_S = 240.0
_NOT_NOW = (Unavailable, Exhausted, OutOfTime, Cancelled, TimeoutError)
# A picture that is sent through the upscaler, and back smaller: its network takes minutes without a GPU.
_THROUGH_THE_UPSCALER = 800


@dataclass(slots=True)
class Book:
    """Every visit of every caller, by one clock."""

    photo: bytes = field(repr=False)
    began: float = field(default_factory=time.monotonic)
    visits: list[Visit] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def now(self) -> float:
        return time.monotonic() - self.began

    def opened(self) -> Visit:
        number = next(self.numbers)
        # One upload in four is deleted without a job; jobs are of one picture or two.
        wanted = 0 if number % 4 == 3 else 1 + number % 2
        self.visits.append(Visit(number, wanted, self.now()))
        return self.visits[-1]


class _Broken(Exception):
    """There is nothing more to be done for this visit; why, it says itself."""


class Caller:
    """One after the other: it waits for its job before it comes again."""

    def __init__(self, book: Book, connect: Callable[[Patience], AsyncLikeness]) -> None:
        self._book = book
        self._connect = connect
        self._visit: Visit | None = None

    async def work(self, closing: asyncio.Event) -> None:
        """Until closing time; what was begun is brought to its end."""
        async with self._connect(replace(PATIENCE, sleep=self._counted)) as likeness:
            while not closing.is_set():
                visit = self._visit = self._book.opened()
                try:
                    await _Errand(visit, likeness, self._book).run()
                except _Broken:
                    await asyncio.sleep(_COMES_BACK_S)
                finally:
                    visit.ended = self._book.now()

    async def _counted(self, seconds: float) -> None:
        if self._visit is not None:
            self._visit.calls += 1
            self._visit.retried += 1
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class _Errand:
    visit: Visit
    likeness: AsyncLikeness
    book: Book

    async def run(self) -> None:
        visit, likeness = self.visit, self.likeness
        upload = await self._done("upload", lambda: likeness.upload(self.book.photo))
        visit.upload = upload.name
        if not visit.wanted:
            await self._done("get_upload", lambda: likeness.get_upload(upload))
        else:
            job = await self._ordered(upload.name)
            await self._watched(job)
            await self._looked_at_again(job)
        visit.receipt = await self._done("delete", lambda: likeness.delete(upload))

    async def _ordered(self, upload: str) -> Job:
        """With a request id; every other one is sent twice, at once, as by somebody who clicks twice."""
        visit, request = self.visit, str(uuid.uuid4())
        orders = [Order(style) for style in ("corporate", "outdoor")[: visit.wanted]]
        consent = _consent()
        wishes = Wishes(long_side=_THROUGH_THE_UPSCALER if visit.number % 8 < 4 else None)

        async def order() -> Job:
            return await self.likeness.create_job(upload, orders, consent=consent, wishes=wishes, request_id=request)

        visit.job_began = self.book.now()
        times = 1 + visit.number // 2 % 2
        made = await asyncio.gather(*(self._done("create_job", order) for _ in range(times)))
        visit.jobs = [job.name for job in made]
        return made[0]

    async def _watched(self, job: Job) -> None:
        try:
            async with asyncio.timeout(_JOB_S):
                await self._done("watch", lambda: self._until_ended(job))
        except TimeoutError:
            self._break(f"{job.name} had not ended after {_JOB_S:g} s")

    async def _until_ended(self, job: Job) -> None:
        async for event in self.likeness.watch(job):
            if isinstance(event, ResultStored):
                await self._fetched(job, event)
            elif isinstance(event, StateChanged) and event.state.final:
                self.visit.job_ended = self.book.now()

    async def _fetched(self, job: Job, event: ResultStored) -> None:
        self.visit.announced.append(event.result)
        self.visit.saw(await self._done("tries", lambda: self.likeness.tries(job)))
        await self._download(event.result.name)

    async def _looked_at_again(self, job: Job) -> None:
        """All that was announced is there, and the same."""
        visit = self.visit
        visit.settled(await self._done("get_job", lambda: self.likeness.job(job)))
        visit.tries = await self._done("tries", lambda: self.likeness.tries(job))
        for result in visit.results:
            await self._download(result.name)

    async def _download(self, name: str) -> None:
        self.visit.fetched(name, await self._done("download", lambda: self.likeness.picture(name)))

    async def _done(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """As any caller does: what cannot be had now is asked for again."""
        until = self.book.now() + _PERSISTS_S
        while True:
            self.visit.calls += 1
            try:
                return await call()
            except _NOT_NOW as error:
                if self.book.now() > until:
                    self._break(f"{what} for {_PERSISTS_S:g} s: {_why(error)}")
                self.visit.retried += 1
                await asyncio.sleep(_COMES_BACK_S)
            except LikenessError as error:
                self._break(f"{what}: {_why(error)}")

    def _break(self, why: str) -> None:
        self.visit.broken.append(why)
        raise _Broken


def _why(error: Exception) -> str:
    return f"{error.reason_name}, {error.message}" if isinstance(error, LikenessError) else repr(error)


def _consent() -> Consent:
    return Consent.authorised(
        reference="nasa-public-domain",
        purpose="a drill",
        policy_version="none",
        given=datetime.now(UTC),
    )
