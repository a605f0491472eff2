"""Failures as google.rpc.Status in JSON, under the code that HTTP has for them."""

import logging
import math
import uuid
from collections.abc import Mapping

import grpc.aio
from google.protobuf import any_pb2, json_format
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc import StatusCode
from likeness.common.v1 import reason_pb2 as reasons
from starlette.responses import Response

from likeness_wire.errors import Internal, LikenessError
from likeness_wire.status import from_rpc_error, to_status

log = logging.getLogger(__name__)

JSON = "application/json"
NO_STORE = {"Cache-Control": "no-store"}

# As google.rpc.Code says of each.
HTTP_CODES: Mapping[StatusCode, int] = {
    StatusCode.OK: 200,
    StatusCode.CANCELLED: 499,
    StatusCode.UNKNOWN: 500,
    StatusCode.INVALID_ARGUMENT: 400,
    StatusCode.DEADLINE_EXCEEDED: 504,
    StatusCode.NOT_FOUND: 404,
    StatusCode.ALREADY_EXISTS: 409,
    StatusCode.PERMISSION_DENIED: 403,
    StatusCode.UNAUTHENTICATED: 401,
    StatusCode.RESOURCE_EXHAUSTED: 429,
    StatusCode.FAILED_PRECONDITION: 400,
    StatusCode.ABORTED: 409,
    StatusCode.OUT_OF_RANGE: 400,
    StatusCode.UNIMPLEMENTED: 501,
    StatusCode.INTERNAL: 500,
    StatusCode.UNAVAILABLE: 503,
    StatusCode.DATA_LOSS: 500,
}
_REGISTERED = (error_details_pb2, any_pb2)  # what Any is written by has to be loaded


def known(error: Exception) -> LikenessError:
    """The error itself, what the call came back with, or INTERNAL with an id that is in the log."""
    if isinstance(error, LikenessError):
        return error
    if isinstance(error, grpc.aio.AioRpcError):
        return from_rpc_error(error)
    incident = uuid.uuid4().hex
    log.error("unforeseen", extra={"incident": incident}, exc_info=error)
    return Internal(reasons.REASON_INTERNAL, "unforeseen failure; quote the incident id", incident=incident)


def status_text(error: LikenessError | None) -> str:
    """google.rpc.Status as JSON on one line. None: it went well."""
    status = status_pb2.Status(code=code_pb2.OK) if error is None else to_status(error)
    return json_format.MessageToJson(status, always_print_fields_with_no_presence=True, indent=None)


def refused(error: LikenessError, http_code: int | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """`http_code`: where HTTP has a word for it that gRPC has not."""
    code = http_code or HTTP_CODES[error.code]
    return Response(status_text(error), code, {**NO_STORE, **_hints(error, code), **(headers or {})}, JSON)


def _hints(error: LikenessError, code: int) -> dict[str, str]:
    hints = {}
    if code == HTTP_CODES[StatusCode.UNAUTHENTICATED]:
        hints["WWW-Authenticate"] = "Bearer"
    if error.retry_after_s is not None:
        # Whole seconds are all that HTTP knows; the body has it exactly.
        hints["Retry-After"] = str(math.ceil(error.retry_after_s))
    return hints
