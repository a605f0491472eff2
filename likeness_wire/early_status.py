"""The status of calls that are refused while the client still sends.

A server may end a stream after the first message: too large, not allowed, queue full. grpc.aio (1.85) then mostly
reports INTERNAL, "Internal error from Core": its writer fails first and sets a status that the real one cannot replace.
Retries and reasons depend on the real one, so the writer is kept from it. That takes an internal name of grpc.aio; a
test watches over it.
"""

from typing import Any


def with_true_status(call: Any) -> Any:
    """The same call that streams up, just made."""
    if hasattr(call, "_cython_call"):
        call._cython_call = _Unharmed(call._cython_call)
    return call


class _Unharmed:
    """Stands in for the call's core."""

    def __init__(self, core: Any) -> None:
        self._core = core

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def set_internal_error(self, _: str) -> None:
        """Nothing: the writer goes on to wait for the status, which the server has sent or the deadline brings."""
