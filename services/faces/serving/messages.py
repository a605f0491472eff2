"""Faces, reports and drifts as the wire has them."""

from likeness.common.v1 import face_pb2, identity_pb2, quality_pb2

from services.faces.embedding import Embedding, Recognition
from services.faces.face import Box, Face, Points
from services.faces.limits import Verdict
from services.faces.quality import Quality, Size
from services.faces.report import Finding, Report
from services.faces.tiers import Tier, tier_of

_VERDICTS = {
    Verdict.ACCEPT: quality_pb2.VERDICT_ACCEPT,
    Verdict.WARN: quality_pb2.VERDICT_WARN,
    Verdict.REFUSE: quality_pb2.VERDICT_REFUSE,
}
_TIERS = {
    Tier.LOCKED: identity_pb2.TIER_LOCKED,
    Tier.STRONG: identity_pb2.TIER_STRONG,
    Tier.MATCH: identity_pb2.TIER_MATCH,
    Tier.FAIL: identity_pb2.TIER_FAIL,
}


def box(edges: Box) -> face_pb2.Box:
    return face_pb2.Box(left=edges.left, top=edges.top, right=edges.right, bottom=edges.bottom)


def key_points(points: Points) -> face_pb2.KeyPoints:
    left_eye, right_eye, nose, left_mouth, right_mouth = (
        face_pb2.Point(x=float(x), y=float(y)) for x, y in points.tolist()
    )
    return face_pb2.KeyPoints(
        left_eye=left_eye, right_eye=right_eye, nose=nose, left_mouth=left_mouth, right_mouth=right_mouth
    )


def face(found: Face) -> face_pb2.Face:
    return face_pb2.Face(box=box(found.box), score=found.score, key_points=key_points(found.key_points))


def size(pixels: Size) -> face_pb2.Size:
    return face_pb2.Size(width=pixels.width, height=pixels.height)


def finding(found: Finding) -> quality_pb2.Finding:
    return quality_pb2.Finding(
        reason=found.fault.reason,
        verdict=_VERDICTS[found.verdict],
        advice=found.advice,
        measured=found.measured,
        limit=found.limit,
    )


def quality(measured: Quality, score: float) -> quality_pb2.Quality:
    return quality_pb2.Quality(
        eye_distance_px=measured.eye_distance_px,
        face_px=measured.face_px,
        sharpness=measured.sharpness,
        brightness=measured.brightness,
        contrast=measured.contrast,
        clipped=measured.clipped,
        yaw_deg=measured.pose.yaw,
        pitch_deg=measured.pose.pitch,
        roll_deg=measured.pose.roll,
        cut_off=measured.cut_off,
        score=score,
    )


def photo_report(index: int, report: Report) -> quality_pb2.PhotoReport:
    return quality_pb2.PhotoReport(
        index=index,
        size=size(report.size),
        faces=[face(found) for found in report.faces],
        chosen=report.chosen,
        quality=None if report.quality is None else quality(report.quality, report.score),
        verdict=_VERDICTS[report.verdict],
        findings=[finding(found) for found in report.findings],
    )


def embedding(numbers: Embedding) -> identity_pb2.Embedding:
    return identity_pb2.Embedding(recogniser_id=numbers.recogniser_id, values=numbers.values.tolist())


def drift(value: float, recognition: Recognition) -> identity_pb2.Drift:
    tier = _TIERS[tier_of(value, recognition.thresholds)]
    return identity_pb2.Drift(recogniser_id=recognition.id, value=value, tier=tier)


def recogniser(recognition: Recognition) -> identity_pb2.Recogniser:
    limits = recognition.thresholds
    return identity_pb2.Recogniser(
        id=recognition.id,
        dimensions=recognition.length,
        thresholds=identity_pb2.Thresholds(locked=limits.locked, strong=limits.strong, match=limits.match),
    )


def unreadable(index: int) -> quality_pb2.PhotoReport:
    """Of a photo that could not be decoded: there is nothing to say but that."""
    return quality_pb2.PhotoReport(index=index, verdict=quality_pb2.VERDICT_REFUSE)
