"""Whose call this code runs in. The door sets it before a servicer is reached; there is no call without a caller."""

import contextvars
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# One word of a resource name (AIP-122), within what tables hold.
TENANT = re.compile(r"[a-z][a-z0-9-]{0,62}\Z")
LOCAL = "local"

# `tenants/{tenant}/jobs/{job}/results/{n}` without its first two parts. What fits here is made by us or says nothing.
_RESOURCE = re.compile(
    r"tenants/[^/]{1,64}/((?:uploads|jobs|receipts)/[0-9a-f]{8,64}(?:/(?:results|tries)/\d{1,6})?)\Z"
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the tenant, and by which of its credentials."""

    tenant: str
    # `key:…`, `token:…` or `local`. Never the credential itself.
    credential: str


@dataclass(slots=True)
class Visit:
    """One call of a caller, and what it turned out to be about."""

    caller: Caller
    rpc: str
    resource: str = ""

    def concerns(self, name: object) -> None:
        """A resource name, ours or made up by the caller: of what is not of our making nothing is kept."""
        found = _RESOURCE.match(name) if isinstance(name, str) else None
        if found:
            self.resource = found[1]


def caller() -> Caller:
    """LookupError outside of a call."""
    return _present().caller


def concerns(name: str) -> None:
    """Tells the audit log which resource this call has made, where its request could not name one."""
    _present().concerns(name)


@contextmanager
def visiting(visit: Visit) -> Iterator[None]:
    """Everything called inside is of this visit."""
    before = _visit.get()
    _visit.set(visit)
    try:
        yield
    finally:
        # Not a token's reset: a generator may be closed from another context than it was started in.
        _visit.set(before)


def _present() -> Visit:
    visit = _visit.get()
    if visit is None:
        raise LookupError("nobody calls here")
    return visit


_visit: contextvars.ContextVar[Visit | None] = contextvars.ContextVar("visit", default=None)
