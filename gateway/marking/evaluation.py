"""A certificate for evaluation, made here and kept in the data folder. Its signatures hold, and nobody vouches for it.

C2PA takes no certificate that signed itself, so an authority is made too; its key is thrown away.
"""

import datetime as dt
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.common.settings import PREFIX
from services.common.startup import StartupError

FILE = "provenance.pem"

_END = b"-----END PRIVATE KEY-----\n"
# Pictures live on after they were forgotten here, and are looked at for years.
_LASTS = dt.timedelta(days=3650)
_RENEWED = dt.timedelta(days=365)


def evaluation_identity(folder: Path) -> tuple[bytes, bytes]:
    """Chain and key in PEM: those of the folder, or new ones where there are none or they end within a year."""
    path = folder / FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists() or _ends_soon(path.read_bytes()):
            _write(path, _made())
        return _parts(path.read_bytes())
    except (OSError, ValueError):
        raise StartupError(
            f"{PREFIX}PROVENANCE_CHAIN: is not set, and {FILE} of the data folder cannot be read or written"
        ) from None


def _parts(content: bytes) -> tuple[bytes, bytes]:
    key, end, chain = content.partition(_END)
    return chain, key + end


def _ends_soon(content: bytes) -> bool:
    certificate = x509.load_pem_x509_certificates(_parts(content)[0])[0]
    return certificate.not_valid_after_utc - dt.datetime.now(dt.UTC) < _RENEWED


def _write(path: Path, content: bytes) -> None:
    """Never half of it under its name, though two processes start at once."""
    fresh = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _made() -> bytes:
    """Key, certificate, authority."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name, name = _name("Likeness evaluation authority"), _name("Likeness evaluation")
    authority = (
        _begun(authority_name, authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _begun(name, authority_name, key.public_key())
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem + certificate.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM)


def _begun(name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + _LASTS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    """C2PA's readers show the organisation as who signed."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Self-made"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
