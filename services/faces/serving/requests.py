"""What both calls read of their first message, and what they take."""

from collections.abc import Mapping

import numpy as np
from likeness.common.v1 import identity_pb2, work_pb2
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind

from likeness_wire.errors import BadRequest
from likeness_wire.times import span
from services.common.admission import Priority
from services.faces.embedding import Embedding
from services.faces.settings import FaceSettings

# Everything that holds one picture.
KINDS = frozenset({Kind.KIND_JPEG, Kind.KIND_PNG, Kind.KIND_WEBP, Kind.KIND_HEIC, Kind.KIND_RGB8})

_PRIORITIES: Mapping[int, Priority] = {
    work_pb2.PRIORITY_INTERACTIVE: Priority.INTERACTIVE,
    work_pb2.PRIORITY_BATCH: Priority.BATCH,
}


def invalid(field: str, right: str) -> BadRequest:
    """INVALID_FIELD: which, and what would be right."""
    return BadRequest(reasons.REASON_INVALID_FIELD, f"{field}: {right}", fields={field: right})


def priority_of(given: int | None) -> Priority:
    """None, the field being unset, is batch."""
    if given is None:
        return Priority.BATCH
    if given not in _PRIORITIES:
        raise invalid("priority", "interactive or batch")
    return _PRIORITIES[given]


def embedding_of(message: identity_pb2.Embedding) -> Embedding:
    """Not checked yet: only its recogniser knows what is right."""
    return Embedding(message.recogniser_id, np.array(message.values, dtype=np.float32))


def limits_of(settings: FaceSettings, max_images: int) -> work_pb2.Limits:
    return work_pb2.Limits(
        kinds=sorted(KINDS),
        max_blob_bytes=settings.photo_max_bytes,
        max_pixels=settings.photo_max_pixels,
        max_images=max_images,
        max_idle=span(settings.stream_idle_s),
    )
