"""The courses that run in this process, and their steps.

A step runs while three things hold: this process's claim of the job stands, the job's holding lives, and nobody has
asked the process to stop. What passes (a service that is busy, a store that errs) is tried again within the step; what
does not is recorded by its reason alone.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Coroutine, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from likeness.common.v1 import reason_pb2 as reasons

from gateway.jobs.bells import Bells
from gateway.jobs.codec import encode, reason_of
from gateway.jobs.patience import FIRST_PAUSE_S, LONGEST_PAUSE_S, Patience
from gateway.jobs.port import Course, Ending, Json, State, StepFunction
from gateway.jobs.register import Register, Superseded
from gateway.offload import Threads
from gateway.retention.holdings import new_id
from gateway.retention.ledger import expired
from likeness_wire import hop
from likeness_wire.errors import Internal, LikenessError, NotFound, TryAgain

T = TypeVar("T")


_log = logging.getLogger(__name__)


class Slot(Protocol):
    """The place of one step among those of its run, drawn when the course called it."""

    @property
    def number(self) -> int: ...

    async def run(self, name: str, body: Callable[[], Awaitable[Json]]) -> Json:
        """What the step returned or raised before, or what `body` does now, recorded."""


@dataclass(frozen=True, slots=True)
class Limits:
    """For every run."""

    # Dead processes that a job may leave behind before it is taken for what kills them.
    most_recoveries: int = 5
    # How long a step goes on trying what may pass, from its first failure on.
    patience_s: float = 600.0


class Runs:
    """All runs of this process."""

    def __init__(
        self,
        course: Course,
        register: Register,
        bells: Bells,
        threads: Threads,
        executor: str,
        draw: Callable[[], Slot],
        limits: Limits,
        ended: Callable[[str], Awaitable[None]],
    ) -> None:
        """`ended`: told of every job that came to its end here."""
        self._course = course
        self._ended = ended
        self.register = register
        self.bells = bells
        self.threads = threads
        self._executor = executor
        self.draw = draw
        self.limits = limits
        self.closing = False
        self.steps = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._tasks: dict[str, set[asyncio.Task[Any]]] = {}

    async def run(self, job: str) -> None:
        """From its start, or from where it was left. Returns when there is nothing left to do for anybody."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        if self.closing:
            raise asyncio.CancelledError  # taken in the last moment, handed back with the others
        self._tasks.setdefault(job, set()).add(task)
        try:
            await self._run(job, task)
        except Superseded:
            if await self.insisting(self.register.is_open, job):
                # Another run has it, and records its outcome; this one must not.
                raise asyncio.CancelledError from None
        finally:
            self._tasks[job].discard(task)
            if not self._tasks[job]:
                del self._tasks[job]

    def stop(self, jobs: Collection[str] | None = None) -> list["asyncio.Task[Any]"]:
        """Cancels the runs of those jobs, or of all. What they were at is not recorded."""
        chosen = self._tasks.keys() if jobs is None else jobs
        tasks = [task for job in chosen for task in self._tasks.get(job, ())]
        for task in tasks:
            task.cancel()
        return tasks

    async def drain(self, grace_s: float) -> None:
        """Begins no step any more, gives those at work a while to be recorded, then stops everything."""
        self.closing = True
        try:
            async with asyncio.timeout(grace_s):
                await self._quiet.wait()
        except TimeoutError:
            _log.warning("steps were cut off, and will run again elsewhere", extra={"steps": self.steps})
        await asyncio.gather(*self.stop(), return_exceptions=True)

    def step_begins(self) -> None:
        self.steps += 1
        self._quiet.clear()

    def step_ends(self) -> None:
        self.steps -= 1
        if not self.steps:
            self._quiet.set()

    async def insisting(self, function: Callable[..., T], *args: Any) -> T:
        """Whatever the job database needs to answer: a run that could not ask knows nothing of its job."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await self.threads(function, *args)
            except TryAgain:
                await asyncio.sleep(pause_s)
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def _run(self, job: str, task: "asyncio.Task[Any]") -> None:
        claim = new_id()
        found = await self.insisting(self.register.claim, job, self._executor, claim)
        self.bells.ring(job)
        if found.recoveries > self.limits.most_recoveries:
            _log.error("a job is given up: processes that ran it died", extra={"recoveries": found.recoveries})
            ending = Ending(State.FAILED, reasons.REASON_INTERNAL)
        else:
            ending = await self._ending_of(OneRun(self, task, job, found.tenant, claim))
        first = await self.insisting(self.register.end, job, ending.state, ending.reason, claim)
        self.bells.ring(job)
        if first:
            await self._ended(job)

    async def _ending_of(self, run: "OneRun") -> Ending:
        try:
            return await self._course(run)
        except Superseded:
            raise
        except Exception as error:
            if not isinstance(error, LikenessError) or isinstance(error, Internal):
                _log.error("a course failed", exc_info=error)
            return Ending(State.FAILED, reason_of(error))


class _Drawn(Awaitable[Json]):
    """A step that begins when it is awaited. One that never is, since its run was stopped before, is nobody's fault."""

    def __init__(self, begin: Callable[[], Coroutine[Any, Any, Json]]) -> None:
        self._begin = begin

    def __await__(self) -> Generator[Any, None, Json]:
        return self._begin().__await__()


class OneRun:
    """A `Run`: one claim of one job."""

    def __init__(self, runs: Runs, task: "asyncio.Task[Any]", job: str, tenant: str, claim: str) -> None:
        self._runs = runs
        self._task = task
        self._claim = claim
        self.job = job
        self.tenant = tenant

    def step(self, function: StepFunction, *args: Json) -> Awaitable[Any]:
        # Drawn now: the order of calls is the same every time, the order in which tasks begin may not be.
        slot = self._runs.draw()
        return _Drawn(lambda: self._step(slot, function, args))

    async def emit(self, key: str, body: Mapping[str, Json]) -> None:
        await self.append(key, body)

    async def append(self, key: str, body: Mapping[str, Json]) -> bool:
        """Whether it is news."""
        is_news = await self._runs.insisting(self._runs.register.append, self.job, self._claim, key, body)
        self._runs.bells.ring(self.job)
        return is_news

    def tell(self, body: object) -> None:
        self._runs.bells.tell(self.job, body)

    async def left_s(self) -> float:
        """Of the job's life. Raises where it is over, or another run's."""
        return await self._runs.insisting(self._runs.register.left_ms, self.job, self._claim) / 1000

    async def _step(self, slot: Slot, function: StepFunction, args: tuple[Json, ...]) -> Json:
        if self._runs.closing:
            await asyncio.Event().wait()  # the run is about to be cancelled, and goes on elsewhere
        self._runs.step_begins()
        try:
            return await slot.run(getattr(function, "__name__", "step"), lambda: self._body(slot, function, args))
        finally:
            self._runs.step_ends()

    async def _body(self, slot: Slot, function: StepFunction, args: tuple[Json, ...]) -> Json:
        """Once for every time it runs, recorded or not."""
        try:
            return await self._patiently(slot, function, args)
        except LikenessError as error:
            if isinstance(error, Internal):
                _log.error("a step failed", exc_info=error)
            raise
        except Superseded:
            # This run alone: the one that has the job now may be in this process too.
            self._task.cancel()
            raise asyncio.CancelledError from None
        except Exception as error:
            _log.error("a step failed", exc_info=error)
            raise Internal(reasons.REASON_INTERNAL, "a step of the job failed") from None

    async def _patiently(self, slot: Slot, function: StepFunction, args: tuple[Json, ...]) -> Json:
        patience = Patience(self._runs.limits.patience_s, asyncio.get_running_loop().time)
        while True:
            try:
                return await self._once(slot, function, args, patience)
            except TryAgain as error:
                await asyncio.sleep(patience.pause_s(error) * random.uniform(0.8, 1.2))  # noqa: S311 - no secret

    async def _once(self, slot: Slot, function: StepFunction, args: tuple[Json, ...], patience: Patience) -> Json:
        left_s = await self.left_s()
        try:
            with hop.bound(left_s):
                async with asyncio.timeout(left_s):
                    result = await function(OneStep(self, f"{self.job}-{slot.number}", left_s, patience), *args)
        except TimeoutError:
            raise (await self._why_late()) from None
        # Refused here, by name, rather than somewhere below.
        encode(result)
        return result

    async def _why_late(self) -> LikenessError:
        try:
            await self.left_s()
        except NotFound:
            return expired()
        return Internal(reasons.REASON_INTERNAL, "a step ran into a limit of its own")


class OneStep:
    """A `Step`: one execution of it."""

    def __init__(self, run: OneRun, key: str, left_s: float, patience: Patience) -> None:
        self._run = run
        self._patience = patience
        self.job = run.job
        self.tenant = run.tenant
        self.key = key
        self._until = asyncio.get_running_loop().time() + left_s

    @property
    def remaining_s(self) -> float:
        return max(0.0, self._until - asyncio.get_running_loop().time())

    async def emit(self, key: str, body: Mapping[str, Json]) -> None:
        if await self._run.append(key, body):
            self._patience.renew()

    def tell(self, body: object) -> None:
        self._run.tell(body)
