"""Where ciphertext, keys and jobs are kept: there, private, writable, and not keeping what is deleted."""

import os
import stat
import uuid
from collections.abc import Iterable, Iterator

from likeness_client.doctor.finding import Finding, Patient, fault, ok, warning
from likeness_client.failure import needs_extra

_PROBE = os.urandom(4096)


def storage(patient: Patient) -> Iterable[Finding]:
    """The folder of one machine's profiles, or what LIKENESS_ variables name for a cluster."""
    if os.environ.get("LIKENESS_STORE") == "s3" or os.environ.get("LIKENESS_KEY_STORE") == "postgres":
        yield from _configured()
        return
    folder = patient.data
    if not folder.exists():
        yield ok("store", f"{folder} will be made, for this user alone")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        yield warning("store", f"{folder} is open to others ({mode:o})", f"chmod 700 {folder}")
    yield from _written_and_removed(patient)


def _written_and_removed(patient: Patient) -> Iterator[Finding]:
    path = patient.data / f"doctor-{uuid.uuid4().hex}"
    try:
        path.write_bytes(_PROBE)
        same = path.read_bytes() == _PROBE
        path.unlink()
    except OSError as error:
        yield fault("store", f"{patient.data}: {error.strerror}", "give this user a folder to write to: --data")
        return
    if same and not path.exists():
        yield ok("store", f"{patient.data}: written, read back, removed")
    else:
        yield fault(
            "store", f"{patient.data} does not keep, or does not let go of, what is written", "use a local disk"
        )


def _configured() -> Iterator[Finding]:
    """The gateway's own checks: no versions, no object lock, no archived log."""
    with needs_extra("gateway"):
        from gateway.retention.settings import RetentionSettings
        from gateway.retention.stores import open_keys, open_store
    from likeness_wire.errors import LikenessError
    from services.common.settings import load
    from services.common.startup import StartupError

    for subject, opened in (("store", open_store), ("key store", open_keys)):
        try:
            kept = opened(load(RetentionSettings))
            kept.check()
            kept.close()
            yield ok(subject, "answers, and does not keep what is deleted")
        except (StartupError, LikenessError) as error:
            yield fault(subject, str(error), "see docs/privacy.md, For operators")
