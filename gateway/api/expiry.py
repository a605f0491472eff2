"""When a caller wants something to go (AIP-214): at a time, or after a while. The server's limits are the vault's."""

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from likeness.gateway.v1.job_pb2 import JobSpec
from likeness.gateway.v1.upload_pb2 import UploadSpec

from gateway.api.refusals import invalid

# Far beyond the hard limit, and small enough to count with.
_LONGEST_MS = 1000 * 24 * 3600 * 1000


def wanted_ttl(spec: UploadSpec | JobSpec, now_ms: int, field: str = "spec") -> timedelta | None:
    """From now on. None where the caller leaves it to the server; INVALID_FIELD for what is past already."""
    which = spec.WhichOneof("expiration")
    if which is None:
        return None
    ttl_ms = millis_of(spec.expire_time) - now_ms if which == "expire_time" else millis_of(spec.ttl)
    if ttl_ms <= 0:
        raise invalid(f"{field}.{which}", "has to lie in the future")
    return timedelta(milliseconds=min(ttl_ms, _LONGEST_MS))


def millis_of(message: Timestamp | Duration) -> int:
    """Of a Timestamp or Duration, whatever a sender has put into it."""
    return message.seconds * 1000 + message.nanos // 1_000_000
