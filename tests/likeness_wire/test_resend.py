"""Calls that are sent again, and those that must not be."""

from collections.abc import AsyncIterator

import pytest
from grpc import StatusCode
from grpc.aio import AioRpcError, Metadata
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadPhoto, Exhausted, LikenessError, Unavailable
from likeness_wire.hop import bound
from likeness_wire.resend import Patience, answer, answers
from likeness_wire.status import to_status


def _failure(error: LikenessError) -> AioRpcError:
    trailing = Metadata(("grpc-status-details-bin", to_status(error).SerializeToString()))
    return AioRpcError(error.code, Metadata(), trailing, details=error.message)


GONE = AioRpcError(StatusCode.UNAVAILABLE, Metadata(), Metadata(), details="connection reset")
FULL = _failure(Exhausted(reasons.REASON_QUEUE_FULL, "full", retry_after_s=0.7))
BAD = _failure(BadPhoto(reasons.REASON_NO_FACE, "no face"))


class Peer:
    """Fails as scripted, then answers."""

    def __init__(self, *failures: AioRpcError, begun: int = 0) -> None:
        self.failures = list(failures)
        self.calls = 0
        self.begun = begun

    async def answer(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"

    async def answers(self) -> AsyncIterator[int]:
        self.calls += 1
        for number in range(self.begun):
            yield number
        if self.failures:
            raise self.failures.pop(0)
        yield 99


class Naps:
    """A sleep that only remembers."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def test_a_call_to_a_replica_that_went_away_is_sent_again() -> None:
    """UNAVAILABLE is invisible to the caller, with a growing pause."""
    peer, naps = Peer(GONE, GONE), Naps()

    assert await answer(peer.answer, Patience(sleep=naps)) == "done"
    assert peer.calls == 3
    assert naps.seconds[0] < naps.seconds[1]


async def test_a_servers_own_hint_decides_the_pause() -> None:
    """RetryInfo replaces the backoff."""
    naps = Naps()
    await answer(Peer(FULL).answer, Patience(sleep=naps))

    assert naps.seconds == [0.7]


async def test_a_bad_request_is_not_repeated() -> None:
    """What would fail again is told at once, as its own class."""
    peer = Peer(BAD)
    with pytest.raises(BadPhoto):
        await answer(peer.answer, Patience(sleep=Naps()))

    assert peer.calls == 1


async def test_patience_ends() -> None:
    """After the last attempt the error is the caller's."""
    peer = Peer(*[GONE] * 9)
    with pytest.raises(Unavailable):
        await answer(peer.answer, Patience(attempts=3, sleep=Naps()))

    assert peer.calls == 3


async def test_no_wait_outlives_the_deadline() -> None:
    """A hint beyond the caller's deadline is not slept through."""
    naps = Naps()
    with bound(0.5), pytest.raises(Exhausted):
        await answer(Peer(FULL).answer, Patience(sleep=naps))

    assert naps.seconds == []


async def test_a_stream_is_sent_again_only_while_nothing_has_come() -> None:
    """Half an answer cannot be taken back."""
    fresh, begun = Peer(GONE), Peer(GONE, begun=1)
    assert [number async for number in answers(fresh.answers, Patience(sleep=Naps()))] == [99]

    with pytest.raises(Unavailable):
        async for _ in answers(begun.answers, Patience(sleep=Naps())):
            pass
    assert (fresh.calls, begun.calls) == (2, 1)
