"""Certificates that LIKENESS_ variables name: readable, fitting, and for how much longer."""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from likeness_client.doctor.finding import Finding, Patient, fault, ok, warning
from likeness_wire.certificates import CertificateFiles, Certificates, UnfitCertificates, read

_SOON = timedelta(days=14)
_SETS = {"certificate of services": "LIKENESS_TLS_", "certificate for callers": "LIKENESS_PUBLIC_TLS_"}


def certificates(_: Patient) -> Iterable[Finding]:
    for subject, prefix in _SETS.items():
        named = {part: os.environ.get(f"{prefix}{part}") for part in ("CHAIN", "KEY", "AUTHORITIES")}
        if named["CHAIN"] and named["KEY"]:
            authorities = Path(named["AUTHORITIES"]) if named["AUTHORITIES"] else None
            yield from _looked_at(subject, CertificateFiles(Path(named["CHAIN"]), Path(named["KEY"]), authorities))
        elif named["CHAIN"] or named["KEY"]:
            yield fault(subject, "only one of chain and key is named", f"set {prefix}CHAIN and {prefix}KEY")
        else:
            yield ok(subject, "none: plain text, on this machine alone")


def _looked_at(subject: str, files: CertificateFiles, now: datetime | None = None) -> Iterator[Finding]:
    try:
        found = read(files)
        ends = _ends(found)
    except (UnfitCertificates, ValueError) as error:
        yield fault(subject, f"unfit: {error}", "renew chain and key together")
        return
    left = ends - (now or datetime.now(UTC))
    says = f"good until {ends:%Y-%m-%d %H:%M} UTC"
    if left < timedelta():
        yield fault(subject, f"expired on {ends:%Y-%m-%d %H:%M} UTC", "renew it")
    elif left < _SOON:
        yield warning(subject, says, "renew it; running processes take up the new one by themselves")
    else:
        yield ok(subject, says)


def _ends(found: Certificates) -> datetime:
    """Of the whole chain: it is as good as its shortest link."""
    return min(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(found.chain))
