"""Refusals that HTTP has its own codes for."""

from collections.abc import Mapping

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadRequest, LikenessError, NotAllowed, NotFound


class Refusal(Exception):
    """An error under a code that is not gRPC's for it."""

    def __init__(self, http_code: int, error: LikenessError, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error.message)
        self.http_code = http_code
        self.error = error
        self.headers = headers or {}


def no_such_path() -> Refusal:
    return Refusal(404, NotFound(reasons.REASON_NOT_FOUND, "there is no such path"))


def no_such_verb(verbs: list[str]) -> Refusal:
    allowed = ", ".join(verbs)
    error = BadRequest(reasons.REASON_INVALID_FIELD, f"this path takes {allowed}", fields={"method": allowed})
    return Refusal(405, error, {"Allow": allowed})


def too_large(limit: int) -> Refusal:
    error = BadRequest(reasons.REASON_INVALID_FIELD, f"body: at most {limit} bytes", fields={"body": "smaller"})
    return Refusal(413, error)


def not_this_type(wanted: str) -> Refusal:
    error = BadRequest(reasons.REASON_INVALID_FIELD, f"content-type: {wanted}", fields={"content-type": wanted})
    return Refusal(415, error)


def no_such_range(size_bytes: int) -> Refusal:
    error = BadRequest(
        reasons.REASON_INVALID_FIELD, f"range: there are {size_bytes} bytes", fields={"range": "within the picture"}
    )
    return Refusal(416, error, {"Content-Range": f"bytes */{size_bytes}"})


def from_elsewhere() -> Refusal:
    return Refusal(403, NotAllowed(reasons.REASON_NOT_ALLOWED, "only pages of this server may call it without a key"))
