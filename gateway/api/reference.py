"""The table of reasons in docs/api.md, from the table that the code goes by: `python -m gateway.api.reference`."""

import sys
from collections.abc import Iterator, Mapping

from likeness.common.v1.reason_pb2 import Reason

from likeness_wire.errors import TABLE, name_of, reason_named

# What a caller of this API can do. Reasons that only services give one another are not in it.
ADVICE: Mapping[str, str] = {
    "INVALID_FIELD": "`BadRequest` in the details names the field and what would be right.",
    "STREAM_ORDER": "Send the spec first, then each photo: header, data, end.",
    "SIZE_MISMATCH": "Announce the exact size of each photo; send exactly that.",
    "DIGEST_MISMATCH": "The bytes were damaged under way. Send them again.",
    "UNKNOWN_NAME": "Take a style, pose or expression that `ListStyles` has.",
    "PROMPT_REFUSED": "Ask for other words. `category` in the metadata says what is not made here.",
    "CONSENT_MISSING": "Ask the person shown, then send who agreed, to which policy, for what, and when.",
    "INVALID_PAGE_TOKEN": "Begin the list again without a token, or repeat the query it came from.",
    "NO_FACE": "Take a photo in which the face can be seen; `photo` in the metadata says which one is meant.",
    "MULTIPLE_FACES": "Crop to the person who is meant.",
    "FACE_TOO_SMALL": "Come nearer, or send the photo in full size.",
    "FACE_CUT_OFF": "Take a photo that shows the whole face.",
    "FACE_TURNED": "Take a photo that is looked into.",
    "BLURRED": "Take a sharp photo.",
    "BAD_EXPOSURE": "Take a photo in better light.",
    "LOW_QUALITY": "Take another photo; `InspectUpload` says what is wrong with this one.",
    "IDENTITY_MISMATCH": "Send photos of one person; `photos` in the metadata names those that stand apart.",
    "UNSUPPORTED_FORMAT": "Send JPEG, PNG, WebP or HEIC, and announce what it is.",
    "CORRUPT": "The file is damaged. Take another one, or export it again.",
    "TOO_LARGE": "Make it smaller; the limit is in the metadata, and in `GetServerInfo`.",
    "ANIMATED": "Send a still photo.",
    "DECODE_LIMIT": "Export the photo again with an ordinary program.",
    "OUTPUT_REFUSED": "In tries and jobs: the output checker refused it. Another seed or style may pass.",
    "DRIFTED": "In tries and jobs: too far from the person. Better photos, more tries or a lower tier.",
    "NOT_FOUND": "It does not exist, or not for you.",
    "EXPIRED": "It has been forgotten. `GetDeletionReceipt` has the proof.",
    "REQUEST_ID_REUSED": "Take a new `request_id`: this one came with another request.",
    "UPLOAD_ADOPTED": "Send the photos again: an upload belongs to one job.",
    "WRONG_STATE": "Look at the resource first; the message says what it would have to be.",
    "NOT_CONFIGURED": "This server does not do that, or not now. Ask its operator.",
    "QUEUE_FULL": "Wait as long as `RetryInfo` says.",
    "DEADLINE_HOPELESS": "Allow more time, or wait as long as `RetryInfo` says.",
    "RATE_LIMITED": "Wait as long as `RetryInfo` says, and call less often.",
    "QUOTA_EXCEEDED": "Wait as long as `RetryInfo` says, or agree on more.",
    "OUT_OF_MEMORY": "Ask for something smaller.",
    "STARTING": "Try again in a moment.",
    "DRAINING": "Try again; another gateway answers. A watch goes on from its last offset.",
    "PEER_UNAVAILABLE": "Try again in a moment: a service, store or database does not answer.",
    "WORKER_LOST": "Try again.",
    "EXPIRED_WAITING": "Try again with a later deadline.",
    "DEADLINE_EXCEEDED": "Try again with a later deadline.",
    "STREAM_STALLED": "Send without pauses longer than `GetServerInfo` allows.",
    "CANCELLED": "Nothing: you asked for it, or went away.",
    "UNAUTHENTICATED": "Send `authorization: Bearer` with a key or token that is valid now.",
    "NOT_ALLOWED": "Ask the operator: this server does not allow it.",
    "INTERNAL": "Report the `incident` in the metadata; it is in the server's log.",
    "DEVICE_LOST": "Try again: another process takes the place of the one that was lost.",
}
# Of calls that this API makes, and never answers with.
BETWEEN_SERVICES = frozenset({"INVALID_EMBEDDING", "RECOGNISER_MISMATCH", "SCALE_TOO_LARGE"})


def rows() -> Iterator[str]:
    """One for each reason, in the order of the enum, under the exception of the Python client that carries it."""
    yield "| reason | status | exception | what to do |"
    yield "|---|---|---|---|"
    carrier = {name_of(reason): kind for kind, row in TABLE.items() for reason in row.reasons}
    for name in sorted(ADVICE, key=_place):
        kind = carrier[name]
        yield f"| `{name}` | `{TABLE[kind].code.name}` | `{kind.__name__}` | {ADVICE[name]} |"


def table() -> str:
    return "\n".join(rows())


def _place(name: str) -> Reason:
    reason = reason_named(name)
    assert reason is not None, name  # noqa: S101 - our own table
    return reason


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
