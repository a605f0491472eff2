"""Resource names as callers see them (AIP-122): made here, and read here.

    names.job("acme", "6f1c…")                     "tenants/acme/jobs/6f1c…"
    names.job_id("tenants/acme/jobs/6f1c…", "acme")    "6f1c…"

A name carries no authority: that of another tenant is NOT_FOUND, like one that never existed.
"""

import re
from typing import NamedTuple

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadRequest, NotFound

_SEGMENT = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
# Ordinals count from 1 and fit a database's integer.
_ORDINAL = r"[1-9][0-9]{0,8}"


class Of(NamedTuple):
    """A result or a try: which job's, and the how many-th."""

    job: str
    number: int


def tenant(tenant: str) -> str:
    return f"tenants/{tenant}"


def upload(tenant: str, upload: str) -> str:
    return f"tenants/{tenant}/uploads/{upload}"


def job(tenant: str, job: str) -> str:
    return f"tenants/{tenant}/jobs/{job}"


def result(tenant: str, job: str, number: int) -> str:
    """`number` counts from 1."""
    return f"tenants/{tenant}/jobs/{job}/results/{number}"


def attempt(tenant: str, job: str, number: int) -> str:
    """Of a try. `number` counts from 1."""
    return f"tenants/{tenant}/jobs/{job}/tries/{number}"


def receipt(tenant: str, holding: str) -> str:
    return f"tenants/{tenant}/receipts/{holding}"


def check_parent(parent: str, caller: str, field: str = "parent") -> None:
    """Empty is the caller's own."""
    if parent:
        _read(field, parent, f"tenants/({_SEGMENT})", "tenants/{tenant}", caller)


def upload_id(name: str, caller: str, field: str = "name") -> str:
    return _read(
        field, name, f"tenants/({_SEGMENT})/uploads/({_SEGMENT})", "tenants/{tenant}/uploads/{upload}", caller
    )[0]


def job_id(name: str, caller: str, field: str = "name") -> str:
    return _read(field, name, f"tenants/({_SEGMENT})/jobs/({_SEGMENT})", "tenants/{tenant}/jobs/{job}", caller)[0]


def receipt_id(name: str, caller: str, field: str = "name") -> str:
    """The id of the upload or job that it is about."""
    form = "tenants/{tenant}/receipts/{receipt}"
    return _read(field, name, f"tenants/({_SEGMENT})/receipts/({_SEGMENT})", form, caller)[0]


def result_of(name: str, caller: str, field: str = "name") -> Of:
    return _numbered(field, name, "results", caller)


def attempt_of(name: str, caller: str, field: str = "name") -> Of:
    return _numbered(field, name, "tries", caller)


def is_attempt(name: str) -> bool:
    """Where a result or a try may be named: whether it is meant as a try."""
    return name.rpartition("/")[0].endswith("/tries")


def _numbered(field: str, name: str, kind: str, caller: str) -> Of:
    form = f"tenants/{{tenant}}/jobs/{{job}}/{kind}/{{number}}"
    job, number = _read(field, name, f"tenants/({_SEGMENT})/jobs/({_SEGMENT})/{kind}/({_ORDINAL})", form, caller)
    return Of(job, int(number))


def _read(field: str, name: str, pattern: str, form: str, caller: str) -> tuple[str, ...]:
    """What stands behind the tenant. A misshapen name says nothing of what exists, so it may be told apart."""
    found = re.fullmatch(pattern, name, re.ASCII)
    if found is None:
        problem = f"a name looks like {form}" if name else f"required: {form}"
        raise BadRequest(reasons.REASON_INVALID_FIELD, f"{field}: {problem}", fields={field: problem})
    owner, *rest = found.groups()
    if owner != caller:
        raise NotFound(reasons.REASON_NOT_FOUND, "there is no such resource")
    return tuple(rest)
