"""What the embedder found, as messages."""

from collections.abc import Sequence

from likeness.common.v1.quality_pb2 import PairDrift
from likeness.common.v1.work_pb2 import Limits, MadeBy
from likeness.embedder.v1 import embedder_pb2 as pb

from likeness_wire.status import to_problem
from services.common.timings import Stopwatch
from services.embedder.model import Person, Photo
from services.faces.embedding import Recognition
from services.faces.fusion import Fusion
from services.faces.limits import LEAST_SCORE, LIMITS, RIVAL_SHARE, Fault
from services.faces.serving import messages

FUSIONS = {pb.FUSION_QUALITY: Fusion.QUALITY, pb.FUSION_MEAN: Fusion.MEAN}
_WIRE_FUSIONS = {fusion: wire for wire, fusion in FUSIONS.items()}


def response(
    photos: Sequence[Photo],
    person: Person,
    how: Fusion,
    recognition: Recognition,
    watch: Stopwatch,
    made_by: MadeBy,
) -> pb.EmbedResponse:
    return pb.EmbedResponse(
        photos=[_photo(index, photo) for index, photo in enumerate(photos)],
        identity=_identity(person, how),
        drifts=[_pair(pair, recognition) for pair in person.pairs],
        outliers=person.outliers,
        findings=[messages.finding(finding) for finding in person.findings],
        timings=watch.timings(),
        made_by=made_by,
    )


def info(recognition: Recognition, limits: Limits, made_by: MadeBy) -> pb.GetInfoResponse:
    return pb.GetInfoResponse(
        served_by=made_by,
        recogniser=messages.recogniser(recognition),
        limits=limits,
        quality_limits=[
            *(
                pb.QualityLimit(reason=limit.fault.reason, field=limit.field, warn=limit.warn, refuse=limit.refuse)
                for limit in LIMITS
            ),
            pb.QualityLimit(reason=Fault.LOW_QUALITY.reason, field="score", refuse=LEAST_SCORE),
            pb.QualityLimit(reason=Fault.MULTIPLE_FACES.reason, field="rival_share", refuse=RIVAL_SHARE),
        ],
    )


def _photo(index: int, photo: Photo) -> pb.EmbeddedPhoto:
    answer = pb.EmbeddedPhoto()
    report = messages.unreadable(index) if photo.report is None else messages.photo_report(index, photo.report)
    answer.report.CopyFrom(report)
    if photo.embedding is not None:
        answer.embedding.CopyFrom(messages.embedding(photo.embedding))
    if photo.problem is not None:
        answer.problem.CopyFrom(to_problem(photo.problem))
    return answer


def _identity(person: Person, how: Fusion) -> pb.Identity | None:
    if person.embedding is None:
        return None
    return pb.Identity(
        embedding=messages.embedding(person.embedding), fusion=_WIRE_FUSIONS[how], weights=person.weights
    )


def _pair(pair: tuple[int, int, float], recognition: Recognition) -> PairDrift:
    first, second, value = pair
    return PairDrift(first=first, second=second, drift=messages.drift(value, recognition))
