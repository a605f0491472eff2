"""Answers as tables for people, and as JSON for programs. Embeddings are in neither."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from likeness.common.v1.identity_pb2 import Drift, Tier
from likeness.common.v1.quality_pb2 import VERDICT_REFUSE, Finding, Verdict
from likeness.common.v1.reason_pb2 import Reason
from likeness.embedder.v1 import embedder_pb2 as embedding
from likeness.verifier.v1 import verifier_pb2 as verifying

from likeness_client.output import show_table


def word(enum: Any, value: int) -> str:
    """VERDICT_REFUSE as "refuse", STATUS_NO_FACE as "no face"."""
    name: str = enum.Name(value)
    return name.partition("_")[2].replace("_", " ").lower()


def show_inspection(names: Sequence[str], answer: embedding.EmbedResponse) -> None:
    """A row a photo, then what to do, then how far photos are apart."""
    columns = (
        "photo",
        "verdict",
        ">faces",
        ">width",
        ">sharp",
        ">light",
        ">burnt",
        ">yaw",
        ">pitch",
        ">roll",
        ">cut",
        ">score",
    )
    show_table(columns, [_row(name, photo) for name, photo in zip(names, answer.photos, strict=True)])
    for name, photo in zip(names, answer.photos, strict=True):
        for line in _advice(photo):
            print(f"{name}: {line}")
    for pair in answer.drifts:
        first, second = names[pair.first], names[pair.second]
        print(f"{first} and {second}: drift {pair.drift.value:.2f}, {word(Tier, pair.drift.tier)}")
    for finding in answer.findings:
        print(finding.advice)


def show_verification(names: Sequence[str], responses: Sequence[verifying.VerifyResponse]) -> None:
    """A row a candidate, nearest first, then how far the references are apart."""
    pictures = {each.picture.index: each.picture for each in responses if each.HasField("picture")}
    ranking = next(each.done.ranking for each in responses if each.HasField("done"))
    columns = ("candidate", ">drift", "tier", "second opinion", "remark")
    show_table(columns, [_verified_row(names[index], pictures[index]) for index in ranking])
    for response in responses:
        for baseline in response.reference.baselines[:1]:
            apart = f"{baseline.smallest:.2f}"
            if baseline.references > 2:
                apart += f" to {baseline.largest:.2f}"
            print(f"The {baseline.references} references are {apart} apart; what is nearer to one of them is a copy.")


def inspection_json(names: Sequence[str], answer: embedding.EmbedResponse, pictures: Sequence[str]) -> dict[str, Any]:
    bare = embedding.EmbedResponse()
    bare.CopyFrom(answer)
    bare.identity.ClearField("embedding")
    for photo in bare.photos:
        photo.ClearField("embedding")
    found = as_dict(bare)
    for name, picture, photo in zip(names, pictures, found["photos"], strict=True):
        photo |= {"file": name, "drawn": picture}
    return found


def verification_json(names: Sequence[str], responses: Sequence[verifying.VerifyResponse]) -> dict[str, Any]:
    parts = {response.WhichOneof("part"): response for response in responses}
    pictures = sorted((each.picture for each in responses if each.HasField("picture")), key=lambda each: each.index)
    return {
        "reference": as_dict(parts["reference"].reference),
        "candidates": [{"file": names[each.index]} | as_dict(each) for each in pictures],
        **as_dict(parts["done"].done),
    }


def as_dict(message: Message) -> dict[str, Any]:
    return MessageToDict(message, preserving_proto_field_name=True)


def _row(name: str, photo: embedding.EmbeddedPhoto) -> tuple[str, ...]:
    report = photo.report
    start = (name, word(Verdict, report.verdict), str(len(report.faces)) if report.HasField("size") else "")
    if not report.HasField("quality"):
        return (*start, *[""] * 9)
    found = report.quality
    return (
        *start,
        f"{found.face_px:.0f} px",
        f"{found.sharpness:.2f}",
        f"{found.contrast:.2f}",
        f"{found.clipped:.0%}",
        f"{found.yaw_deg:.0f}°",
        f"{found.pitch_deg:.0f}°",
        f"{found.roll_deg:.0f}°",
        f"{found.cut_off:.0%}",
        f"{found.score:.2f}",
    )


def _advice(photo: embedding.EmbeddedPhoto) -> list[str]:
    if photo.HasField("problem"):
        return [f"it cannot be read: {photo.problem.message}"]
    return [_finding(finding) for finding in photo.report.findings]


def _finding(finding: Finding) -> str:
    mark = "✗" if finding.verdict == VERDICT_REFUSE else "!"
    return f"{mark} {finding.advice} ({Reason.Name(finding.reason).removeprefix('REASON_')})"


def _verified_row(name: str, picture: verifying.VerifiedPicture) -> tuple[str, ...]:
    if not picture.HasField("drift"):
        return name, "", word(verifying.Status, picture.status), "", picture.problem.message
    opinions = ", ".join(_drift(drift) for drift in picture.second_opinions)
    remark = "nearer to a reference than they are to one another: a copy" if picture.copy else ""
    return name, f"{picture.drift.value:.3f}", word(Tier, picture.drift.tier), opinions, remark


def _drift(drift: Drift) -> str:
    return f"{drift.value:.3f} {word(Tier, drift.tier)}"
