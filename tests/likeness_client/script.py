"""What a scripted job does: two styles, four pictures, one of them given up after two tries."""

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from google.protobuf.message import Message
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_JPEG, ROLE_PREVIEW
from likeness.common.v1.face_pb2 import Size
from likeness.common.v1.identity_pb2 import TIER_LOCKED, TIER_MATCH, TIER_STRONG, Drift, Tier
from likeness.common.v1.quality_pb2 import VERDICT_ACCEPT, PhotoReport
from likeness.common.v1.reason_pb2 import Problem
from likeness.common.v1.work_pb2 import MadeBy
from likeness.gateway.v1 import event_pb2 as ev
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1 import job_pb2, result_pb2
from PIL import Image

from likeness_wire.chunks import Blob, cut

M = TypeVar("M", bound=Message)

MADE_BY = MadeBy(service="generator", engine="preview", device="cpu", version="1.0")


def drift(value: float) -> Drift:
    tier: Tier = TIER_LOCKED if value <= 0.18 else TIER_STRONG if value <= 0.30 else TIER_MATCH
    return Drift(recogniser_id="test-128", value=value, tier=tier)


def expiring(message: Any) -> Any:
    """In a day, as everything."""
    now = int(time.time())
    message.create_time.FromSeconds(now - 60)
    message.expire_time.FromSeconds(now + 23 * 3600)
    message.hard_expire_time.FromSeconds(now + 24 * 3600)
    return message


def jpeg(shade: int, side: int = 24) -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (side, side), (shade, 90, 255 - shade)).save(sink, "JPEG")
    return sink.getvalue()


@dataclass
class Render:
    """One try of one picture."""

    style_index: int
    style: str
    picture: int
    attempt: int
    drift: float
    kept: bool


RENDERS = [
    Render(0, "corporate", 0, 1, 0.12, True),
    Render(0, "corporate", 1, 1, 0.44, False),
    Render(0, "corporate", 1, 2, 0.21, True),
    Render(1, "outdoor", 0, 1, 0.28, True),
    Render(1, "outdoor", 1, 1, 0.50, False),
    Render(1, "outdoor", 1, 2, 0.47, False),
]


@dataclass
class Script:
    """Ends PARTIAL, with three results and five kinds of events."""

    usable: bool = True
    report: PhotoReport = field(default_factory=lambda: PhotoReport(verdict=VERDICT_ACCEPT))
    pictures: dict[str, bytes] = field(default_factory=dict)
    thumbnails: dict[str, bytes] = field(default_factory=dict)
    seeds: list[tuple[int, Drift]] = field(default_factory=lambda: [(7, drift(0.4)), (8, drift(0.1))])
    style_names: tuple[str, str] = ("corporate", "outdoor")
    picture_bytes: int = 3000

    def job(self, name: str, spec: job_pb2.JobSpec) -> job_pb2.Job:
        """As it ends."""
        job = expiring(job_pb2.Job(name=name, spec=spec, state=job_pb2.STATE_PARTIAL))
        job.progress.CopyFrom(self.progress())
        job.results.extend(self.results(name))
        job.problem.CopyFrom(Problem(reason=reasons.REASON_DRIFTED, message="One picture drifted too far."))
        job.end_time.GetCurrentTime()
        return job

    def progress(self) -> job_pb2.Progress:
        progress = job_pb2.Progress(wanted=4, kept=3, given_up=1, tries=len(RENDERS))
        for index, kept in enumerate((2, 1)):
            progress.styles.add(style_index=index, wanted=2, kept=kept, given_up=2 - kept, tries=3)
        return progress

    def results(self, job: str) -> list[result_pb2.Result]:
        results = []
        for number, render in enumerate((each for each in RENDERS if each.kept), 1):
            name = f"{job}/results/{number}"
            self.pictures.setdefault(name, jpeg(40 * number).ljust(self.picture_bytes, b"\0"))
            self.thumbnails.setdefault(name, jpeg(40 * number))
            results.append(
                expiring_result(
                    result_pb2.Result(
                        name=name,
                        style_index=render.style_index,
                        style=self.style_names[render.style_index],
                        picture=render.picture,
                        tries=render.attempt,
                        seed=100 + number,
                        kind=KIND_JPEG,
                        size=Size(width=896, height=1152),
                        size_bytes=len(self.pictures[name]),
                        drift=drift(render.drift),
                        made_by=[MADE_BY],
                    )
                )
            )
        return results

    def tries(self, job: str) -> list[result_pb2.Try]:
        tries, kept = [], 0
        for number, render in enumerate(RENDERS, 1):
            one = result_pb2.Try(
                name=f"{job}/tries/{number}",
                style_index=render.style_index,
                style=self.style_names[render.style_index],
                picture=render.picture,
                attempt=render.attempt,
                prompt="head and shoulders portrait",
                drift=drift(render.drift),
                outcome=result_pb2.OUTCOME_KEPT if render.kept else result_pb2.OUTCOME_REJECTED,
                has_thumbnail=True,
                made_by=[MADE_BY],
            )
            one.rendering.seed = 200 + number
            one.create_time.GetCurrentTime()
            if render.kept:
                kept += 1
                one.result = f"{job}/results/{kept}"
            else:
                message = "Drift 0.44 <is above> strong; another seed may be nearer."
                one.problem.CopyFrom(Problem(reason=reasons.REASON_DRIFTED, message=message))
            self.thumbnails.setdefault(one.name, jpeg(250 - 20 * number))
            tries.append(one)
        return tries

    def kept_events(self, job: str) -> list[ev.JobEvent]:
        """With offsets from 1."""
        results = iter(self.results(job))
        events = [ev.JobEvent(state=ev.StateChanged(state=job_pb2.STATE_RUNNING, stage=job_pb2.STAGE_EMBED))]
        for number, render in enumerate(RENDERS, 1):
            ref = self.ref(render)
            outcome = result_pb2.OUTCOME_KEPT if render.kept else result_pb2.OUTCOME_REJECTED
            judged = ev.TryJudged(
                picture=ref, try_name=f"{job}/tries/{number}", outcome=outcome, drift=drift(render.drift)
            )
            events.append(ev.JobEvent(judged=judged))
            if render.kept:
                events.append(ev.JobEvent(result=ev.ResultStored(picture=ref, result=next(results))))
        events.append(ev.JobEvent(given_up=ev.PictureGivenUp(picture=ref, best=drift(0.47))))
        events.append(ev.JobEvent(state=ev.StateChanged(state=job_pb2.STATE_PARTIAL, progress=self.progress())))
        for offset, event in enumerate(events, 1):
            event.offset = offset
            event.time.FromSeconds(1_800_000_000 + offset)
        return events

    def messages(self, job: str, after: int, previews: bool) -> Iterator[pb.WatchJobResponse]:
        """Kept events after an offset, with steps and looks between them."""
        yield pb.WatchJobResponse(event=ev.JobEvent(offset=after, alive=ev.Alive()))
        for event in self.kept_events(job)[after:]:
            if event.HasField("judged"):
                step = ev.PictureStep(picture=event.judged.picture, stage=job_pb2.STAGE_GENERATE, step=3, steps=6)
                step.estimate.FromSeconds(40)
                yield pb.WatchJobResponse(event=ev.JobEvent(offset=event.offset - 1, step=step))
                if previews:
                    look = ev.PicturePreview(picture=event.judged.picture, step=3)
                    yield pb.WatchJobResponse(event=ev.JobEvent(offset=event.offset - 1, preview=look))
                    for chunk in cut(Blob(ROLE_PREVIEW, KIND_JPEG, b"a look")):
                        yield pb.WatchJobResponse(chunk=chunk)
            yield pb.WatchJobResponse(event=event)

    def ref(self, render: Render) -> ev.PictureRef:
        return ev.PictureRef(
            style_index=render.style_index,
            style=self.style_names[render.style_index],
            picture=render.picture,
            pictures=2,
            attempt=render.attempt,
            seed=render.attempt,
        )


def expiring_result(result: result_pb2.Result) -> result_pb2.Result:
    result.create_time.GetCurrentTime()
    result.expire_time.FromSeconds(int(time.time()) + 23 * 3600)
    return result
