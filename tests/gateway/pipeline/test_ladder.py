"""What the next try is."""

from likeness.common.v1.identity_pb2 import Drift
from likeness.common.v1.render_pb2 import Rendering
from likeness.gateway.v1.result_pb2 import Try

from gateway.pipeline.ladder import RESCUABLE, RESCUE, Rung, closer_in, next_rung


def _past(*drifts: float | None, plan: str = RESCUABLE) -> list[Try]:
    return [
        Try(
            attempt=attempt,
            rendering=Rendering(plan=plan),
            drift=None if drift is None else Drift(value=drift),
        )
        for attempt, drift in enumerate(drifts, 1)
    ]


def _climb(tries: int, *, can_rescue: bool) -> list[tuple[int, int | None]]:
    past: list[Try] = []
    rungs = []
    for _ in range(tries):
        rung = next_rung(past, can_rescue=can_rescue)
        rungs.append((rung.closer, rung.rescues))
        plan = RESCUABLE if rung.rescues is None else RESCUE
        past.append(Try(attempt=rung.attempt, rendering=Rendering(plan=plan), drift=Drift(value=1 / rung.attempt)))
    return rungs


def test_first_other_noise_then_closer_then_closer_still() -> None:
    """Where nothing can be rescued."""
    assert _climb(6, can_rescue=False) == [(0, None), (0, None), (1, None), (2, None), (2, None), (2, None)]


def test_a_rescue_takes_its_turn_with_the_closest() -> None:
    """Each goes on from the nearest so far that can be rescued: never from another rescue."""
    assert [rescued for _, rescued in _climb(8, can_rescue=True)] == [None, None, None, 3, None, 5, None, 7]


def test_nothing_is_rescued_that_could_not_be_measured() -> None:
    """A picture without a face has nothing to go on from."""
    assert next_rung(_past(None, None, None), can_rescue=True) == Rung(4, closer=2)
    assert next_rung(_past(None, 0.5, 0.6), can_rescue=True).rescues == 2


def test_a_try_is_as_close_again_when_it_is_rendered_again() -> None:
    """As the ladder had it the first time."""
    assert [closer_in(attempt) for attempt in range(1, 6)] == [
        next_rung(_past(*[0.5] * (attempt - 1)), can_rescue=False).closer for attempt in range(1, 6)
    ]
