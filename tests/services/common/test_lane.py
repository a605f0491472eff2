"""A model behind its queue."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadRequest, Cancelled, Exhausted
from services.common.admission import Stop
from services.echo.model import Saying
from tests.running import RunningShell, until

Start = Callable[..., Awaitable[RunningShell]]


class Gated:
    """A model that waits at a gate, remembers its batches, and fails on what it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.gate = threading.Event()
        self.stopped = 0

    def __call__(self, sayings: Sequence[Saying], stop: Stop) -> list[str | BaseException]:
        self.batches.append([saying.text for saying in sayings])
        self.begun.release()
        while not self.gate.wait(0.002):
            if stop:
                self.stopped += 1
                stop.check()
        if any(saying.text == "poison" for saying in sayings):
            raise ValueError("poison")
        return [saying.text.upper() for saying in sayings]


def _say(running: RunningShell, text: str, **options: int) -> "asyncio.Task[object]":
    async def say() -> str:
        return (await running.lane.run(Saying(text, 0), **options))[0]  # type: ignore[arg-type]

    return asyncio.ensure_future(say())


async def test_calls_that_wait_leave_together(start_shell: Start) -> None:
    """What arrived while the device was busy is one batch, up to its items."""
    model = Gated()
    running = await start_shell(model=model, max_items=3)
    first = _say(running, "a")
    await until(lambda: model.batches)
    rest = [_say(running, text) for text in "bcde"]
    await until(lambda: running.lane.admission.waiting_items == 4)
    model.gate.set()

    assert await asyncio.gather(first, *rest) == ["A", "B", "C", "D", "E"]
    assert model.batches == [["a"], ["b", "c", "d"], ["e"]]


async def test_a_batch_counts_items(start_shell: Start) -> None:
    """A call that brings two items leaves room for one more."""
    model = Gated()
    running = await start_shell(model=model, max_items=3)
    first = _say(running, "a")
    await until(lambda: model.batches)
    rest = [_say(running, "pair", items=2), _say(running, "b"), _say(running, "c")]
    await until(lambda: running.lane.admission.waiting_items == 4)
    model.gate.set()
    await asyncio.gather(first, *rest)

    assert model.batches[1:] == [["pair", "b"], ["c"]]


async def test_one_bad_item_fails_alone(start_shell: Start) -> None:
    """The calls it was batched with get their answers."""
    model = Gated()
    running = await start_shell(model=model, max_items=4)
    first = _say(running, "a")
    await until(lambda: model.batches)
    good, bad = _say(running, "b"), _say(running, "poison")
    await until(lambda: running.lane.admission.waiting_items == 2)
    model.gate.set()

    assert await good == "B"
    with pytest.raises(ValueError, match="poison"):
        await bad
    await first


async def test_work_stops_once_nobody_waits_for_it(start_shell: Start) -> None:
    """Cancelling the call reaches the model between its steps, and the device is free for the next."""
    model = Gated()
    running = await start_shell(model=model)
    abandoned = _say(running, "a")
    await until(lambda: model.batches)
    abandoned.cancel()
    await until(lambda: model.stopped == 1)
    model.gate.set()

    assert await _say(running, "b") == "B"
    with pytest.raises(asyncio.CancelledError):
        await abandoned


async def test_a_batch_goes_on_while_anyone_waits_for_it(start_shell: Start) -> None:
    """One caller leaving does not take the work away from another."""
    model = Gated()
    running = await start_shell(model=model, max_items=2)
    first = _say(running, "a")
    await until(lambda: model.batches)
    leaver, stayer = _say(running, "b"), _say(running, "c")
    await until(lambda: running.lane.admission.waiting_items == 2)
    model.gate.set()
    await first
    leaver.cancel()

    assert await stayer == "C"


async def test_cancelling_in_the_queue_frees_the_place(start_shell: Start) -> None:
    """A full queue takes the next call as soon as a waiting one goes away."""
    model = Gated()
    running = await start_shell(model=model, queue_places=1)
    first = _say(running, "a")
    await until(lambda: model.batches)
    waiting = _say(running, "b")
    await until(lambda: running.lane.admission.waiting_items == 1)
    with pytest.raises(Exhausted):
        await _say(running, "c")
    waiting.cancel()
    await until(lambda: running.lane.admission.waiting_items == 0)
    next_one = _say(running, "d")
    model.gate.set()

    assert await asyncio.gather(first, next_one) == ["A", "D"]


async def test_results_may_be_errors_of_single_items(start_shell: Start) -> None:
    """A model that knows which item is bad says so without failing the batch."""

    def model(sayings: Sequence[Saying], stop: Stop) -> list[str | BaseException]:
        return [BadRequest(reasons.REASON_INVALID_FIELD, "no") if s.text == "bad" else s.text for s in sayings]

    running = await start_shell(model=model)

    assert await _say(running, "good") == "good"
    with pytest.raises(BadRequest):
        await _say(running, "bad")


async def test_a_stop_of_the_work_itself_is_the_callers_error(start_shell: Start) -> None:
    """Cancelled raised by a model arrives typed."""

    def model(sayings: Sequence[Saying], stop: Stop) -> list[str | BaseException]:
        stop.set()
        stop.check()
        return ["never" for _ in sayings]

    running = await start_shell(model=lambda sayings, stop: model(sayings, Stop()))

    with pytest.raises(Cancelled):
        await _say(running, "a")
