"""Where calls are worked on: all at once, a batch of tiles at a time, on the one thread that owns the device."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Cancelled, DeviceLost
from services.common.driver import Ended
from services.upscaler.calls import Call, Enlarged, Facts, Progressed
from services.upscaler.engine import Engine
from services.upscaler.enlargement import Enlargement, Order

# Within a tile, progress is told no more often than this.
_TELL_EVERY_S = 0.25
# The next picture is begun early, so that a batch can be filled with its tiles.
_PICTURES_AT_ONCE = 2

Clock = Callable[[], float]


@dataclass(slots=True, eq=False)
class _Job:
    """One picture of one call."""

    call: Call
    index: int
    enlargement: Enlargement = field(repr=False)
    execute_s: float = 0.0
    told_at: float = 0.0


@dataclass(slots=True, eq=False)
class _Inside:
    """One call, and which of its pictures have not begun."""

    call: Call
    waiting: list[tuple[int, Order]]
    jobs: list[_Job] = field(default_factory=list)

    @property
    def room(self) -> bool:
        return bool(self.waiting) and len(self.jobs) < _PICTURES_AT_ONCE and not self.call.reader_is_slow


class Workshop:
    """`admit` calls, then `tick` until it returns False. One thread."""

    def __init__(self, engine: Engine, clock: Clock = time.perf_counter) -> None:
        self._engine = engine
        self._clock = clock
        self._inside: list[_Inside] = []

    def admit(self, call: Call) -> None:
        """Takes a call. It is worked on until it has emitted Ended, or its `stop` is set."""
        if not call.orders:
            call.emit(Ended())
            return
        self._inside.append(_Inside(call, list(call.orders.items())))
        # Urgent first, else as they came: Python's sort keeps the order of equals.
        self._inside.sort(key=lambda inside: not inside.call.urgent)

    def tick(self) -> bool:
        """One batch of tiles, or one picture finished. False: there is nothing to do until something changes."""
        self._leave_out_stopped()
        for inside in tuple(self._inside):
            self._begin(inside)
        jobs = [job for inside in self._inside for job in inside.jobs]
        if not jobs:
            return False
        complete = next((job for job in jobs if job.enlargement.complete), None)
        if complete is not None:
            self._guarded(complete.call, lambda: self._finish(complete))
        else:
            self._step(jobs)
        return True

    def _leave_out_stopped(self) -> None:
        for inside in tuple(self._inside):
            if inside.call.stop:
                self._end(inside.call, Cancelled(reasons.REASON_CANCELLED, "stopped on request"))

    def _begin(self, inside: _Inside) -> None:
        while inside.room:
            index, order = inside.waiting.pop(0)
            self._guarded(inside.call, lambda: self._open(inside, index, order))  # noqa: B023 - called at once

    def _open(self, inside: _Inside, index: int, order: Order) -> None:
        job = _Job(inside.call, index, self._engine.begin(order))
        inside.jobs.append(job)
        self._tell(job)

    def _step(self, jobs: list[_Job]) -> None:
        """One batch for all. If it fails, one for each, so that nobody fails of what another sent."""
        try:
            self._run(jobs)
        except DeviceLost:
            raise
        except Exception:
            for job in jobs:
                self._guarded(job.call, lambda: self._run([job]))  # noqa: B023 - called at once

    def _run(self, jobs: list[_Job]) -> None:
        before = {id(job): job.enlargement.pixels_run for job in jobs}
        began = self._clock()
        self._engine.step([job.enlargement for job in jobs], lambda _: self._watch(jobs))
        seconds = self._clock() - began
        shares = {id(job): job.enlargement.pixels_run - before[id(job)] for job in jobs}
        for job in jobs:
            if share := shares[id(job)]:
                job.execute_s += seconds * share / sum(shares.values())
                self._tell(job)

    def _watch(self, jobs: list[_Job]) -> None:
        """Between the layers of a run."""
        if all(job.call.stop for job in jobs):
            raise Cancelled(reasons.REASON_CANCELLED, "stopped on request")
        for job in jobs:
            if job.enlargement.share_of_tile and self._clock() - job.told_at >= _TELL_EVERY_S:
                self._tell(job)

    def _finish(self, job: _Job) -> None:
        began = self._clock()
        result = self._engine.finish(job.enlargement)
        seconds = {"execute": job.execute_s, "resize": self._clock() - began}
        job.call.undelivered += 1
        job.call.emit(Enlarged(job.index, result, _facts(job.enlargement, seconds)))
        inside = next(inside for inside in self._inside if inside.call is job.call)
        inside.jobs.remove(job)
        if not inside.jobs and not inside.waiting:
            self._end(job.call, None)

    def _tell(self, job: _Job) -> None:
        job.told_at = self._clock()
        enlargement = job.enlargement
        job.call.emit(Progressed(job.index, enlargement.done, enlargement.tiles, enlargement.fraction))

    def _guarded(self, call: Call, work: Callable[[], None]) -> None:
        """What goes wrong ends this call and no other."""
        try:
            work()
        except DeviceLost:
            raise
        except Exception as error:
            self._end(call, error)

    def _end(self, call: Call, error: Exception | None) -> None:
        before = len(self._inside)
        self._inside = [inside for inside in self._inside if inside.call is not call]
        if len(self._inside) < before:
            call.emit(Ended(error))


def _facts(enlargement: Enlargement, seconds: dict[str, float]) -> Facts:
    enlarger = enlargement.enlarger
    return Facts(
        tiles=enlargement.tiles,
        extra_pixels=enlargement.extra_pixels,
        memory_retries=enlargement.memory_retries,
        precision="" if enlarger is None else str(enlarger.dtype).removeprefix("torch."),
        seconds=seconds,
    )
