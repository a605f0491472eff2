"""One picture as it is asked for, in one execution of its step."""

from dataclasses import dataclass, field

from likeness.gateway.v1.job_pb2 import JobSpec

from gateway.jobs.port import Step
from gateway.peers import Turn
from gateway.pipeline import events
from gateway.pipeline.orders import Place, priority_of
from gateway.pipeline.records import Records


@dataclass(frozen=True, slots=True)
class Commission:
    """Of which job, which picture, and who is told."""

    step: Step
    records: Records
    spec: JobSpec = field(repr=False)
    place: Place

    @property
    def number(self) -> int:
        return self.place.number

    @property
    def turn(self) -> Turn:
        return Turn(self.step.tenant, priority_of(self.spec))

    async def note(self, note: events.Note) -> None:
        await self.step.emit(note.key, note.body)
