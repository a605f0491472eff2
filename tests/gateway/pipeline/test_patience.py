"""Storing again what a store refused for a moment."""

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from gateway.pipeline.patience import patiently
from likeness_wire.errors import Internal, LikenessError, Unavailable

AWAY = Unavailable(reasons.REASON_PEER_UNAVAILABLE, "away")
BROKEN = Internal(reasons.REASON_INTERNAL, "broken")


class Failing:
    """Fails in turn with what it is given, then succeeds."""

    def __init__(self, *errors: LikenessError) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> bool:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return True


async def test_what_passes_is_waited_for() -> None:
    """And what it returns in the end is returned."""
    store = Failing(AWAY, AWAY)

    assert await patiently(store)
    assert store.calls == 3


async def test_what_does_not_pass_is_raised_at_once() -> None:
    """Nobody waits for a fault of ours."""
    store = Failing(BROKEN)

    with pytest.raises(Internal):
        await patiently(store)
    assert store.calls == 1


async def test_patience_ends() -> None:
    """With the error itself, so that the step decides."""
    with pytest.raises(Unavailable):
        await patiently(Failing(*[AWAY] * 100), lasts_s=0.3)
