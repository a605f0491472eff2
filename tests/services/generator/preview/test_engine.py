"""The preview engine behind the seam: order of events, turns, stopping, refusing."""

import io

import numpy as np
import pytest
from likeness.common.v1 import reason_pb2 as reasons
from PIL import Image

from likeness_wire.errors import BadRequest, Cancelled
from services.common.admission import Stop
from services.generator.call import (
    UNDELIVERED_MAX,
    Call,
    Ended,
    Event,
    Failed,
    Pixels,
    Previewed,
    Rendered,
    Request,
    Stepped,
)
from services.generator.preview.engine import PreviewEngine
from tests.services.generator.preview.sitting import ASTRONAUT, made, request

STAGES = 6


class Caller:
    """Somebody who waits, and reads unless told not to."""

    def __init__(self, engine: PreviewEngine, wanted: Request, *, urgent: bool = False, reads: bool = True) -> None:
        self.events: list[Event] = []
        self.call = Call(wanted, self._hear, stop=Stop(), urgent=urgent)
        self._reads = reads
        engine.admit(self.call)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Rendered) and self._reads:
            self.call.undelivered -= 1

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def error(self) -> Exception | None:
        (ended,) = self.of(Ended)
        assert isinstance(ended, Ended)
        return ended.error


class Picky:
    """A checker that finds everything wrong, or breaks while it looks."""

    def __init__(self, answer: str | Exception | None) -> None:
        self._answer = answer

    def refuses(self, pixels: Pixels) -> str | None:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def work(engine: PreviewEngine) -> int:
    """Until there is nothing to do. How many ticks that took."""
    ticks = 0
    while engine.tick():
        ticks += 1
    return ticks


def test_a_picture_is_told_stage_by_stage() -> None:
    """A step for each stage, then the picture, then the end."""
    engine = PreviewEngine()
    caller = Caller(engine, request(seeds=(7, 8)))
    assert 2 * STAGES == work(engine)
    kinds = [type(event) for event in caller.events]
    assert ([Stepped] * STAGES + [Rendered]) * 2 + [Ended] == kinds
    steps = [(event.picture, event.step, event.steps) for event in caller.of(Stepped) if isinstance(event, Stepped)]
    assert [(picture, step, STAGES) for picture in (0, 1) for step in range(1, STAGES + 1)] == steps
    assert caller.error is None


def test_pictures_do_not_depend_on_company() -> None:
    """Second of a call, beside another call: the same bytes as alone."""
    engine = PreviewEngine()
    caller, _ = Caller(engine, request(seeds=(7, 8))), Caller(engine, request(seeds=(9,)))
    work(engine)
    (_, second) = caller.of(Rendered)
    assert isinstance(second, Rendered)
    np.testing.assert_array_equal(made(request(), 8).finished(), second.pixels)


def test_stopping_takes_effect_between_stages() -> None:
    """Whoever goes away after two stages gets no third, and hears that it was on request."""
    engine = PreviewEngine()
    caller = Caller(engine, request(seeds=(1, 2)))
    engine.tick(), engine.tick()
    caller.call.stop.set()
    assert work(engine) == 0
    assert 2 == len(caller.of(Stepped))
    assert isinstance(caller.error, Cancelled)


def test_others_go_on_when_one_stops() -> None:
    """Their pictures come."""
    engine = PreviewEngine()
    gone, here = Caller(engine, request()), Caller(engine, request())
    gone.call.stop.set()
    work(engine)
    assert 1 == len(here.of(Rendered))


def test_somebody_who_waits_goes_first() -> None:
    """An urgent call has its picture before a pack goes on."""
    engine = PreviewEngine()
    pack = Caller(engine, request(seeds=(1, 2, 3)))
    engine.tick()
    urgent = Caller(engine, request(), urgent=True)
    for _ in range(STAGES):
        engine.tick()
    assert 1 == len(urgent.of(Rendered))
    assert 1 == len(pack.of(Stepped))


def test_calls_take_turns() -> None:
    """Two packs are served alike."""
    engine = PreviewEngine()
    callers = [Caller(engine, request(seeds=(1, 2))) for _ in range(2)]
    for _ in range(STAGES):
        engine.tick()
    assert [STAGES // 2] * 2 == [len(caller.of(Stepped)) for caller in callers]


def test_a_slow_reader_is_waited_for() -> None:
    """Pictures are not piled up for them; they go on once something was read."""
    engine = PreviewEngine()
    caller = Caller(engine, request(seeds=tuple(range(UNDELIVERED_MAX + 1))), reads=False)
    work(engine)
    assert UNDELIVERED_MAX == len(caller.of(Rendered))
    caller.call.undelivered -= 1
    work(engine)
    assert UNDELIVERED_MAX + 1 == len(caller.of(Rendered))


def test_previews_are_small_jpegs() -> None:
    """After every second stage but the last, which is the picture; below 64 KiB."""
    engine = PreviewEngine()
    caller = Caller(engine, request(size=(896, 1152), preview_every_steps=2))
    work(engine)
    looks = [event for event in caller.of(Previewed) if isinstance(event, Previewed)]
    assert [2, 4] == [look.step for look in looks]
    assert all(len(look.jpeg) < 64 * 1024 for look in looks)
    assert (896 / 1152) == pytest.approx(np.divide(*Image.open(io.BytesIO(looks[1].jpeg)).size), rel=0.01)


def test_a_picture_says_where_its_time_went() -> None:
    """And where the face came to lie."""
    engine = PreviewEngine()
    caller = Caller(engine, request())
    work(engine)
    (picture,) = caller.of(Rendered)
    assert isinstance(picture, Rendered)
    assert {"prepare", "restage"} == set(picture.seconds)
    assert picture.key_points is not None
    assert picture.key_points.shape == (5, 2)


@pytest.mark.parametrize("answer", ["nudity", RuntimeError("broken")])
def test_the_checker_fails_closed(answer: str | Exception) -> None:
    """Refused or unchecked: the picture does not go out, and the call goes on."""
    engine = PreviewEngine(Picky(answer))
    caller = Caller(engine, request(seeds=(1, 2)))
    work(engine)
    failed = [event.error.reason for event in caller.of(Failed) if isinstance(event, Failed)]
    assert [reasons.REASON_OUTPUT_REFUSED] * 2 == failed
    assert [] == caller.of(Rendered)
    assert caller.error is None


def test_a_photo_is_needed() -> None:
    """Without one there is nothing to restage: the call's fault."""
    engine = PreviewEngine()
    caller = Caller(engine, request(reference=None))
    work(engine)
    assert isinstance(caller.error, BadRequest)


def test_the_face_is_in_the_photo() -> None:
    """Key points beyond it are refused, not guessed at."""
    engine = PreviewEngine()
    caller = Caller(engine, request(points=ASTRONAUT + 400))
    work(engine)
    assert isinstance(caller.error, BadRequest)
    assert caller.error.reason == reasons.REASON_INVALID_FIELD


def test_closing_closes_what_was_opened_for_it() -> None:
    """The decoder's child ends with the engine."""
    closed: list[str] = []
    PreviewEngine(closing=[lambda: closed.append("decoder")]).close()
    assert ["decoder"] == closed
