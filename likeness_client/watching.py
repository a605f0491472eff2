"""Following a job: every kept event once and in order, however often the connection breaks."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC
from typing import Any

from grpc.aio import AioRpcError
from likeness.gateway.v1 import event_pb2, gateway_pb2

from likeness_client.connection import LONGEST_STREAM_S, Connection, ended
from likeness_client.dropped import audible, lost, understood
from likeness_client.looks import look
from likeness_client.values.events import (
    Alive,
    JobEvent,
    PictureGivenUp,
    PicturePreview,
    PictureStep,
    ResultStored,
    StateChanged,
    TryJudged,
)
from likeness_client.values.mirror import read
from likeness_wire.errors import LikenessError
from likeness_wire.resend import Patience, wait_or_raise

# A server says something at least every 15 s.
SILENCE_S = 45.0

# About two minutes: a gateway that is replaced is back by then.
WATCH_PATIENCE = Patience(attempts=30, first_backoff_s=0.2, longest_wait_s=5.0)

_KEPT: dict[str, type[JobEvent]] = {
    "state": StateChanged,
    "judged": TryJudged,
    "result": ResultStored,
    "given_up": PictureGivenUp,
}
_PASSING: dict[str, type[JobEvent]] = {"step": PictureStep, "alive": Alive}


class Watch:
    """One job, watched from one offset on. `silence_s`: after it a connection is taken for broken."""

    def __init__(
        self,
        connection: Connection,
        name: str,
        *,
        offset: int = 0,
        previews: bool = False,
        silence_s: float = SILENCE_S,
    ) -> None:
        self.offset = offset
        self._connection = connection
        self._name = name
        self._previews = previews
        self._patience = replace(WATCH_PATIENCE, sleep=connection.patience.sleep)
        self._silence_s = silence_s

    async def events(self) -> AsyncIterator[JobEvent]:
        """Until the job has ended."""
        attempt = 0
        while True:
            attempt += 1
            try:
                async with ended(self._from_here()) as events:
                    async for event in events:
                        attempt = 0
                        yield event
                        if isinstance(event, StateChanged) and event.state.final:
                            return
                failure: LikenessError = lost("it ended before the job did")
            except (AioRpcError, LikenessError, TimeoutError) as error:
                failure = understood(error)
            await wait_or_raise(failure, max(attempt, 1), self._patience)

    async def _from_here(self) -> AsyncIterator[JobEvent]:
        """The events of one connection that were not seen before."""
        request = gateway_pb2.WatchJobRequest(name=self._name, offset=self.offset, previews=self._previews)
        stub = self._connection.stub
        async with ended(self._connection.stream(stub.WatchJob, request, LONGEST_STREAM_S)) as stream:
            messages = audible(stream, self._silence_s)
            async for message in messages:
                event = await event_of(message.event, messages)
                if event is None or (message.event.WhichOneof("event") in _KEPT and event.offset <= self.offset):
                    continue
                self.offset = max(self.offset, event.offset)
                yield event


async def event_of(message: event_pb2.JobEvent, following: AsyncIterator[Any]) -> JobEvent | None:
    """None for kinds that this build does not know."""
    which = message.WhichOneof("event") or ""
    place = {"offset": message.offset, "time": message.time.ToDatetime(tzinfo=UTC)}
    if which == "preview":
        return read(PicturePreview, message.preview, data=await look(following), **place)
    kind = _KEPT.get(which) or _PASSING.get(which)
    return read(kind, getattr(message, which), **place) if kind else None
