"""What a receiver takes: every header is checked before a byte that it announces is read."""

from collections.abc import Mapping
from dataclasses import dataclass

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Chunk, ChunkHeader, Kind, Role

from likeness_wire.errors import BadPhoto, BadRequest


@dataclass(frozen=True, slots=True)
class Accept:
    """What a receiver takes, and how much of it."""

    kinds: Mapping[Role, frozenset[Kind]]
    max_bytes: int
    max_blobs: int
    idle_s: float = 20.0
    # Whether a sender that does not know the size may leave it open, with 0: then the blob's end is its end.
    open_sizes: bool = False


def checked(chunk: Chunk, accept: Accept, counts: dict[Role, int]) -> ChunkHeader:
    if chunk.WhichOneof("part") != "header":
        raise BadRequest(reasons.REASON_STREAM_ORDER, "expected the header of a blob")
    header = chunk.header
    kinds = accept.kinds.get(header.role)
    if kinds is None:
        raise _invalid("chunk.header.role", "this call takes no blob of that role")
    if header.kind not in kinds:
        raise BadPhoto(reasons.REASON_UNSUPPORTED_FORMAT, "this call does not take that kind of image")
    if header.index != counts.get(header.role, 0):
        raise BadRequest(
            reasons.REASON_STREAM_ORDER, f"expected index {counts.get(header.role, 0)}, got {header.index}"
        )
    counts[header.role] = header.index + 1
    if sum(counts.values()) > accept.max_blobs:
        raise _invalid("chunk", f"at most {accept.max_blobs} images")
    _check_size(header, accept)
    return header


def _check_size(header: ChunkHeader, accept: Accept) -> None:
    if header.size_bytes == 0 and not accept.open_sizes:
        raise empty()
    if header.size_bytes > accept.max_bytes:
        raise too_large(accept.max_bytes)
    if not _adds_up(header):
        raise BadRequest(reasons.REASON_SIZE_MISMATCH, "the size announced is not what width and height come to")


def empty() -> BadPhoto:
    return BadPhoto(reasons.REASON_CORRUPT, "the image is empty")


def too_large(max_bytes: int) -> BadPhoto:
    return BadPhoto(reasons.REASON_TOO_LARGE, f"at most {max_bytes} bytes an image", limit_bytes=max_bytes)


def _invalid(field: str, problem: str) -> BadRequest:
    return BadRequest(reasons.REASON_INVALID_FIELD, f"{field}: {problem}", fields={field: problem})


def _adds_up(header: ChunkHeader) -> bool:
    area = header.width * header.height
    match header.kind:
        case Kind.KIND_RGB8:
            return header.size_bytes == 3 * area
        case Kind.KIND_F32:
            return area > 0 and header.size_bytes % (4 * area) == 0
    return True
