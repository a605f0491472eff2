"""What several calls refuse, each said once."""

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadRequest, NotFound


def invalid(field: str, problem: str) -> BadRequest:
    """INVALID_FIELD: which, and what would be right."""
    return BadRequest(reasons.REASON_INVALID_FIELD, f"{field}: {problem}", fields={field: problem})


def not_found() -> NotFound:
    """Like everything that does not exist, or not for this caller."""
    return NotFound(reasons.REASON_NOT_FOUND, "there is no such resource")
