"""What the four have in common: a channel, the dispatch before it, what the service says of itself."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, NoReturn, TypeVar

import grpc
from google.protobuf.message import Message
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1 import work_pb2
from likeness.common.v1.chunk_pb2 import Role

from gateway.dispatch import Dispatch
from likeness_wire.chunks import Accept, Blob, chunks_among, incoming
from likeness_wire.errors import Cancelled, Internal, LikenessError, NotAllowed, Unauthenticated, Unavailable
from likeness_wire.hop import HopChannel
from services.common.admission import Clock, Priority

Info = TypeVar("Info", bound=Message)
T = TypeVar("T")

# Replicas may be replaced one by one without the channel ever being idle.
_INFO_AGE_S = 60.0
_INFO_TIMEOUT_S = 2.0

_PRIORITIES = {
    Priority.INTERACTIVE: work_pb2.PRIORITY_INTERACTIVE,
    Priority.BATCH: work_pb2.PRIORITY_BATCH,
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is at a service."""

    tenant: str
    priority: Priority = Priority.BATCH

    @property
    def message(self) -> work_pb2.Priority:
        return _PRIORITIES[self.priority]


class Peer(Generic[Info]):
    """One service. Lives as long as its channel."""

    name: str

    def __init__(self, channel: HopChannel, dispatch: Dispatch, clock: Clock = time.monotonic) -> None:
        self.dispatch = dispatch
        self._channel = channel
        self._clock = clock
        self._info: Info | None = None
        self._info_until = 0.0
        self._asking = asyncio.Lock()

    async def info(self) -> Info | None:
        """What serves there. None while nothing answers."""
        async with self._asking:
            if self._channel.get_state() is not grpc.ChannelConnectivity.READY or self._clock() >= self._info_until:
                await self._look()
            return self._info

    async def _ask(self, timeout_s: float) -> Info:
        raise NotImplementedError

    async def _look(self) -> None:
        try:
            self._info = await self._ask(_INFO_TIMEOUT_S)
            self._info_until = self._clock() + _INFO_AGE_S
        except grpc.aio.AioRpcError:
            self._info = None

    async def _in_turn(self, send: Callable[[], Awaitable[T]], turn: Turn, items: int) -> T:
        """Every call is a pure function of its request, so all of them may be repeated."""
        try:
            return await self.dispatch.call(
                send, tenant=turn.tenant, priority=turn.priority, items=items, repeatable=True
            )
        except (Unauthenticated, NotAllowed) as error:
            # Between us and the service: whoever called the gateway must not take it for theirs.
            _log.error("a service refuses this gateway", extra={"service": self.name, "reason": error.reason_name})
            raise Internal(reasons.REASON_INTERNAL, f"the {self.name} does not let this gateway in") from None
        except Cancelled:
            # Not by us: another call came for the same step. Whose step it is now, its own next look decides.
            raise Unavailable(
                reasons.REASON_PEER_UNAVAILABLE, f"the {self.name} was called once more for the same step"
            ) from None

    def _breach(self, what: str) -> NoReturn:
        """The service answered what its contract does not allow: asking again would not help."""
        _log.error("a service broke its contract", extra={"service": self.name, "breach": what})
        raise Internal(reasons.REASON_INTERNAL, f"the {self.name} gave an answer that makes no sense")

    async def _blobs(self, call: Any, accept: Accept, hear: Callable[[Any], None]) -> AsyncIterator[Blob]:
        """What an answer carries, each blob whole; `hear` gets the rest. A call not read to its end is ended."""
        arriving = incoming(chunks_among(call, hear), accept)
        try:
            async for blob in arriving:
                yield await blob.whole()
        except LikenessError as error:
            # Said by our own end: the bytes were damaged under way, and are sent again like those that were lost.
            raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, f"an answer of the {self.name} came damaged") from error
        finally:
            call.cancel()


async def present(*peers: Peer[Any]) -> list[Any]:
    """What serves at each. Unavailable while one of them is away: no work is begun that could not be ended.

    All that are away are missed at once, so that they start side by side.
    """
    infos = [await peer.info() for peer in peers]
    missing = [peer for peer, info in zip(peers, infos, strict=True) if info is None]
    for peer in missing:
        peer.dispatch.missed()
    if missing:
        raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, f"the {missing[0].name} does not answer")
    return infos


def numbered(blobs: Iterable[Blob], role: Role | None = None) -> list[Blob]:
    """As a call wants them: counted within each role; all of one role, where it is given."""
    counts: dict[Role, int] = {}
    sent = []
    for blob in blobs:
        its_role = blob.role if role is None else role
        sent.append(replace(blob, role=its_role, index=counts.get(its_role, 0)))
        counts[its_role] = sent[-1].index + 1
    return sent
