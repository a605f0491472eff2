"""Who this process is and whom it believes, in files that somebody else renews while it runs.

Kubernetes, cert-manager and SPIRE replace them one by one, or all at once by a symbolic link; in between they may not
fit together. What does not fit is left for the next look, and the certificates before stay in use.
"""

import logging
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509

Signature = tuple[tuple[int, int, int], ...]

log = logging.getLogger(__name__)


class UnfitCertificates(Exception):
    """The files cannot be used as they are. `file`: the field of CertificateFiles at fault. The message has no path."""

    def __init__(self, file: str, what: str) -> None:
        super().__init__(what)
        self.file = file


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """PEM. `chain` begins with our own certificate; `authorities` are those that peers' certificates must be from."""

    chain: Path
    key: Path
    authorities: Path | None = None

    def signature(self) -> Signature:
        """Differs once any of them is written or replaced. Empty while one is missing."""
        try:
            facts = [path.stat() for path in (self.chain, self.key, self.authorities) if path is not None]
        except OSError:
            return ()
        return tuple((fact.st_ino, fact.st_mtime_ns, fact.st_size) for fact in facts)


@dataclass(frozen=True, slots=True)
class Certificates:
    """What was in the files at one moment, fitting together."""

    chain: bytes = field(repr=False)
    key: bytes = field(repr=False)
    authorities: bytes | None = field(repr=False)


def read(files: CertificateFiles) -> Certificates:
    chain = _contents("chain", files.chain)
    key = _contents("key", files.key)
    authorities = None if files.authorities is None else _contents("authorities", files.authorities)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(files.chain, files.key, password=lambda: b"")
    except (OSError, ValueError):
        raise UnfitCertificates("key", "it is not the key, in PEM without a password, of the certificate") from None
    try:
        if authorities is not None:
            context.load_verify_locations(cadata=authorities.decode("ascii"))
    except (OSError, ValueError):
        raise UnfitCertificates("authorities", "it holds no certificate in PEM") from None
    return Certificates(chain, key, authorities)


def expiry(chain: bytes) -> datetime:
    """When the first of a chain's certificates runs out: from then on none of it is believed."""
    return min(certificate.not_valid_after_utc for certificate in x509.load_pem_x509_certificates(chain))


class Renewed:
    """The certificates of some files, as of the last look."""

    def __init__(self, files: CertificateFiles) -> None:
        self._files = files
        self._seen = files.signature()
        self.current = read(files)

    def look(self) -> bool:
        """Whether there are others now. Costs three stats where nothing has changed."""
        signature = self._files.signature()
        if signature in ((), self._seen):
            return False
        before = self.current
        try:
            found = read(self._files)
        except UnfitCertificates as misfit:
            log.warning("renewed certificates do not fit; those before stay", extra={"file": misfit.file})
            self._seen = signature
            return False
        if self._files.signature() == signature:  # else somebody is still writing
            self._seen, self.current = signature, found
        return self.current != before


def _contents(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise UnfitCertificates(name, "it cannot be read") from None
