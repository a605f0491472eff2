"""Everything that can go wrong in a call, as a caller has to tell it apart.

The class says how to react, `reason_name` what happened: `BadPhoto`, "NO_FACE". What was never sent, such as an address
that is none, is a ValueError; files that cannot be read or written are OSError.
"""

from likeness_wire.errors import (
    BadPhoto,
    BadRequest,
    Cancelled,
    Conflict,
    DeviceLost,
    Exhausted,
    Internal,
    LikenessError,
    NotAllowed,
    NotFound,
    OutOfTime,
    RequestError,
    TryAgain,
    Unauthenticated,
    Unavailable,
    WrongState,
)

__all__ = [
    "BadPhoto",
    "BadRequest",
    "Cancelled",
    "Conflict",
    "DeviceLost",
    "Exhausted",
    "Internal",
    "LikenessError",
    "NotAllowed",
    "NotFound",
    "OutOfTime",
    "ReceiptRefused",
    "RequestError",
    "TryAgain",
    "Unauthenticated",
    "Unavailable",
    "WrongState",
]


class ReceiptRefused(Exception):
    """A server sent a deletion receipt that proves nothing. What was asked may be gone; nobody can tell."""

    def __init__(self, name: str, faults: list[str]) -> None:
        super().__init__(f"the receipt {name or 'that came'} proves nothing: {'; '.join(faults)}")
        self.faults = faults
