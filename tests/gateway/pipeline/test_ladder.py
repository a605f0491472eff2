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


def _climb(tries: int, *, can_rescue: bool) -> list[int | None]:
    """Which try each of them goes on from; every one is nearer than those before."""
    past: list[Try] = []
    rescued = []
    for _ in range(tries):
        rung = next_rung(past, can_rescue=can_rescue)
        rescued.append(rung.rescues)
        plan = RESCUABLE if rung.rescues is None else RESCUE
        past.append(Try(attempt=rung.attempt, rendering=Rendering(plan=plan), drift=Drift(value=1 / rung.attempt)))
    return rescued


def test_first_other_noise_then_closer_then_closer_still() -> None:
    """By the number of the try alone, so that it is as close again when it is rendered again."""
    assert [0, 0, 1, 2, 2, 2] == [closer_in(attempt) for attempt in range(1, 7)]


def test_without_a_plan_for_it_nothing_is_rescued() -> None:
    """However many tries there are."""
    assert [None] * 6 == _climb(6, can_rescue=False)


def test_a_rescue_takes_its_turn_with_the_closest() -> None:
    """Each goes on from the nearest so far that can be rescued: never from another rescue."""
    assert [None, None, None, 3, None, 5, None, 7] == _climb(8, can_rescue=True)


def test_nothing_is_rescued_that_could_not_be_measured() -> None:
    """A picture without a face has nothing to go on from."""
    assert Rung(4) == next_rung(_past(None, None, None), can_rescue=True)
    assert Rung(4, rescues=2) == next_rung(_past(None, 0.5, 0.6), can_rescue=True)
