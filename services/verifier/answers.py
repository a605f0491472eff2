"""What the verifier measured, as messages."""

from collections.abc import Sequence

from likeness.common.v1.work_pb2 import Limits, MadeBy
from likeness.verifier.v1 import verifier_pb2 as pb

from likeness_wire.status import to_problem
from services.common import timings
from services.common.timings import Stopwatch
from services.faces.embedding import Recognition
from services.faces.serving import messages
from services.verifier.model import Reference, Status, Verified

_STATUSES = {
    Status.MEASURED: pb.STATUS_MEASURED,
    Status.NO_FACE: pb.STATUS_NO_FACE,
    Status.SEVERAL_FACES: pb.STATUS_SEVERAL_FACES,
    Status.FACE_TOO_SMALL: pb.STATUS_FACE_TOO_SMALL,
    Status.UNREADABLE: pb.STATUS_UNREADABLE,
}


def accepted(ahead: int, estimate_s: float | None) -> pb.VerifyResponse:
    return pb.VerifyResponse(accepted=timings.accepted(ahead, estimate_s))


def reference(references: Sequence[Reference]) -> pb.VerifyResponse:
    baselines = [
        pb.Baseline(
            recogniser_id=each.recognition.id,
            references=each.baseline.references,
            smallest=each.baseline.smallest,
            median=each.baseline.median,
            largest=each.baseline.largest,
        )
        for each in references
        if each.baseline is not None
    ]
    return pb.VerifyResponse(reference=pb.Reference(baselines=baselines))


def picture(index: int, found: Verified, primary: Recognition, watch: Stopwatch) -> pb.VerifyResponse:
    answer = pb.VerifiedPicture(
        index=index,
        status=_STATUSES[found.status],
        second_opinions=[messages.drift(drift, by) for by, drift in found.seconds],
        copy=found.copy,
        timings=watch.timings(),
    )
    if found.drift is not None:
        answer.drift.CopyFrom(messages.drift(found.drift, primary))
    if found.nearest is not None:
        answer.nearest.CopyFrom(messages.drift(found.nearest, primary))
    if found.problem is not None:
        answer.problem.CopyFrom(to_problem(found.problem))
    if found.report is not None:
        answer.size.CopyFrom(messages.size(found.report.size))
        answer.faces = len(found.report.faces)
        if found.report.face is not None:
            answer.face.CopyFrom(messages.face(found.report.face))
    return pb.VerifyResponse(picture=answer)


def done(ranking: Sequence[int], watch: Stopwatch, made_by: MadeBy) -> pb.VerifyResponse:
    return pb.VerifyResponse(done=pb.Done(ranking=ranking, timings=watch.timings(), made_by=made_by))


def info(recognitions: Sequence[Recognition], limits: Limits, made_by: MadeBy) -> pb.GetInfoResponse:
    primary, *others = recognitions
    return pb.GetInfoResponse(
        served_by=made_by,
        primary=messages.recogniser(primary),
        second_opinions=[messages.recogniser(other) for other in others],
        limits=limits,
    )
