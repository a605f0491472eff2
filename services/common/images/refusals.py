"""The ways in which an image is refused, each said once."""

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind

from likeness_wire.errors import BadPhoto

ACCEPTED = "JPEG, PNG, WebP or HEIC"


def unsupported(what: str) -> BadPhoto:
    return BadPhoto(reasons.REASON_UNSUPPORTED_FORMAT, f"{what} is not accepted; send {ACCEPTED}", format=what)


def corrupt(kind: Kind, what: str = "truncated or damaged") -> BadPhoto:
    return BadPhoto(reasons.REASON_CORRUPT, f"the {name_of(kind)} is {what}", format=name_of(kind))


def animated(what: str) -> BadPhoto:
    return BadPhoto(reasons.REASON_ANIMATED, f"{what} is animated; send a still photo", format=what)


def too_large(what: str, limit: int) -> BadPhoto:
    message = f"the image has more {what} than the {limit:,} that are accepted"
    return BadPhoto(reasons.REASON_TOO_LARGE, message, limit=limit)


def over_decode_limit() -> BadPhoto:
    return BadPhoto(reasons.REASON_DECODE_LIMIT, "decoding it takes more time or memory than any photo needs")


def name_of(kind: Kind) -> str:
    """As people write it: JPEG, PNG, WEBP, HEIC, RGB8."""
    return Kind.Name(kind).removeprefix("KIND_")
