"""The engine in its child process: the same answers, and what becomes of a child that dies."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Unavailable
from services.faces.dlib_engine import DlibEngine, DlibFiles
from services.faces.engine import LocalEngine
from tests.running import wait_until
from tests.services.faces import photos


@pytest.fixture(scope="module")
def engine(files: DlibFiles) -> Iterator[DlibEngine]:
    engine = DlibEngine(files)
    yield engine
    engine.close()


def test_the_child_sees_what_the_engine_sees(engine: DlibEngine, dlib: LocalEngine) -> None:
    """Report, crop and embedding cross the process unchanged."""
    there, here = engine.look(photos.astronaut()), dlib.look(photos.astronaut())

    assert there.report.quality == here.report.quality
    assert [face.box for face in there.report.faces] == [face.box for face in here.report.faces]
    np.testing.assert_array_equal(engine.embed(0, there.crops), dlib.embed(0, here.crops))
    assert engine.recognitions == dlib.recognitions


def test_the_parent_goes_on_while_the_child_holds_its_gil(engine: DlibEngine) -> None:
    """Eight faces keep the child busy for half a second; this process is never kept waiting for a tenth."""
    crop = engine.look(photos.astronaut()).crops[0]
    gaps, done = [0.0], threading.Event()

    def tick() -> None:
        before = time.perf_counter()
        while not done.wait(0.001):
            now = time.perf_counter()
            gaps.append(now - before)
            before = now

    ticking = threading.Thread(target=tick)
    ticking.start()
    engine.embed(0, [crop] * 8)
    done.set()
    ticking.join()

    assert max(gaps) < 0.1


def test_a_child_that_is_killed_is_replaced(engine: DlibEngine) -> None:
    """The call it died under may be retried; the next one finds a new child with its models."""
    before = engine._child.pid
    assert before is not None
    outcome: list[BaseException] = []

    def look() -> None:
        try:
            engine.embed(0, [photos.astronaut()[:150, :150]] * 40)
        except Unavailable as error:
            outcome.append(error)

    caller = threading.Thread(target=look)
    caller.start()
    wait_until(lambda: engine._child._turn.locked())
    os.kill(before, signal.SIGKILL)
    caller.join()

    (error,) = outcome
    assert isinstance(error, Unavailable)
    assert error.reason == reasons.REASON_WORKER_LOST
    assert engine.look(photos.astronaut()).report.face is not None
    assert engine._child.pid != before


def test_there_is_one_recogniser(engine: DlibEngine) -> None:
    """Asking for a second is a mistake of ours, not an empty answer."""
    with pytest.raises(IndexError):
        engine.embed(1, [])
