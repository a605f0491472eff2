"""Certificates made on the spot, as a mesh's authority would issue them."""

import datetime
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from likeness_wire.certificates import CertificateFiles

_DAY = datetime.timedelta(days=1)
_USES = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])


@dataclass(frozen=True, slots=True)
class Issued:
    """PEM."""

    chain: bytes
    key: bytes


class Authority:
    """Issues certificates for loopback, with any SPIFFE id, for any time."""

    def __init__(self, name: str = "tests") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        basic = x509.BasicConstraints(ca=True, path_length=0)
        builder = self._builder(self._name, self._key.public_key(), _now() - _DAY, _now() + _DAY)
        self._certificate = builder.add_extension(basic, critical=True).sign(self._key, hashes.SHA256())
        self.pem = self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, *ids: str, expired: bool = False, names: Sequence[str] = ()) -> Issued:
        """`ids`: URIs, of which a mesh gives everybody exactly one. `names`: of DNS, beside this machine's."""
        key = ec.generate_private_key(ec.SECP256R1())
        until = _now() - _DAY / 24 if expired else _now() + _DAY / 24
        hosts = map(x509.DNSName, ("localhost", *names))
        here: list[x509.GeneralName] = [*hosts, x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        all_names = x509.SubjectAlternativeName([*here, *map(x509.UniformResourceIdentifier, ids)])
        builder = self._builder(x509.Name([]), key.public_key(), _now() - _DAY, until)
        builder = builder.add_extension(all_names, critical=True).add_extension(_USES, critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        return Issued(certificate.public_bytes(serialization.Encoding.PEM), _pem_of(key))

    def _builder(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        since: datetime.datetime,
        until: datetime.datetime,
    ) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        return builder.serial_number(x509.random_serial_number()).not_valid_before(since).not_valid_after(until)


def write(folder: Path, issued: Issued, *authorities: Authority) -> CertificateFiles:
    """As Kubernetes does: a new folder, then one symbolic link that moves from the old one to it."""
    folder.mkdir(exist_ok=True)
    version = folder / f"..{os.urandom(4).hex()}"
    version.mkdir()
    (version / "tls.crt").write_bytes(issued.chain)
    (version / "tls.key").write_bytes(issued.key)
    (version / "ca.crt").write_bytes(b"".join(authority.pem for authority in authorities))
    link = folder / "..data_next"
    link.symlink_to(version.name)
    link.replace(folder / "..data")
    data = folder / "..data"
    return CertificateFiles(data / "tls.crt", data / "tls.key", data / "ca.crt" if authorities else None)


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
