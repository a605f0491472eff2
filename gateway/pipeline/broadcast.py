"""The events of one job for one watcher, as messages."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator

from google.protobuf.timestamp_pb2 import Timestamp
from likeness.common.v1.chunk_pb2 import KIND_JPEG, Role
from likeness.gateway.v1.event_pb2 import (
    Alive,
    JobEvent,
    PictureGivenUp,
    PicturePreview,
    PictureRef,
    PictureStep,
    ResultStored,
    TryJudged,
)
from likeness.gateway.v1.gateway_pb2 import WatchJobResponse
from likeness.gateway.v1.result_pb2 import Result

from gateway import names
from gateway.jobs.port import Event, Passing
from gateway.pipeline import messages
from gateway.pipeline.events import Changed, GivenUp, Judged, Kept, Looked, Moved, Staged
from gateway.pipeline.orders import Place, places
from gateway.pipeline.pack import Tally
from gateway.pipeline.records import Records
from likeness_wire.chunks import Blob, cut
from likeness_wire.times import instant


class Broadcast:
    """Hears every event from the first on, and says those after the offset."""

    def __init__(self, records: Records, clock: Callable[[], float], offset: int, *, previews: bool) -> None:
        self._records = records
        self._clock = clock
        self._after = offset
        self._previews = previews
        self._tally = Tally()
        self._offset = 0
        self._places: list[Place] = []
        self._looks = itertools.count()

    async def responses(self, happening: Event | Passing | None) -> AsyncIterator[WatchJobResponse]:
        """None: nothing has happened for a while."""
        if isinstance(happening, Event):
            self._offset = happening.offset
            message = await self._kept(happening)
            if message is not None:
                yield WatchJobResponse(event=message)
        elif self._offset >= self._after:
            for response in await self._passing(happening.body if happening else None):
                yield response

    async def _kept(self, event: Event) -> JobEvent | None:
        said = self._tally.add(event)
        if event.offset <= self._after:
            return None
        message = JobEvent(offset=event.offset, time=instant(event.time))
        match said:
            case Changed() | Staged():
                message.state.CopyFrom(messages.state_changed(self._tally, event.time))
            case Judged():
                message.judged.CopyFrom(await self._judged(said))
            case Kept():
                result = await self._result(said)
                message.result.CopyFrom(ResultStored(picture=await self._ref(said), result=result))
            case GivenUp():
                best = self._tally.best([said.number])
                message.given_up.CopyFrom(PictureGivenUp(picture=await self._ref(said), best=best))
        return message

    async def _passing(self, body: object) -> list[WatchJobResponse]:
        message = JobEvent(offset=self._offset, time=self._now())
        match body:
            case Moved():
                message.step.CopyFrom(await self._step(body))
            case Looked() if self._previews:
                message.preview.CopyFrom(PicturePreview(picture=await self._ref(body), step=body.step))
                return [WatchJobResponse(event=message), *_chunks(body.jpeg, next(self._looks))]
            case None:
                message.alive.CopyFrom(Alive(estimate=self._tally.estimate(self._now().ToMilliseconds())))
            case _:
                return []
        return [WatchJobResponse(event=message)]

    async def _judged(self, said: Judged) -> TryJudged:
        job = self._records.job
        name = names.attempt(job.tenant, job.id, len(self._tally.tries))
        return TryJudged(picture=await self._ref(said), try_name=name, outcome=said.outcome, drift=said.drift)

    async def _result(self, said: Kept) -> Result | None:
        kept = await self._records.kept(said.number)
        return None if kept is None else messages.result(self._records.job, len(self._tally.results), kept.result)

    async def _step(self, body: Moved) -> PictureStep:
        return PictureStep(
            picture=await self._ref(body),
            stage=body.stage,
            step=body.step,
            steps=body.steps,
            estimate=self._tally.estimate(self._now().ToMilliseconds()),
        )

    async def _ref(self, about: Judged | Kept | GivenUp | Moved | Looked) -> PictureRef:
        """By then the spec is there: without it no picture begins."""
        if not self._places:
            self._places = places(await self._records.spec())
        return messages.picture_ref(self._places[about.number], self._tally, about)

    def _now(self) -> Timestamp:
        return instant(int(self._clock() * 1000))


def _chunks(jpeg: bytes, index: int) -> Iterator[WatchJobResponse]:
    """`index`: its place among the looks of the stream."""
    return (WatchJobResponse(chunk=chunk) for chunk in cut(Blob(Role.ROLE_PREVIEW, KIND_JPEG, jpeg, index)))
