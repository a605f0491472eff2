"""What signs manifests: an operator's certificate with its key in a file or behind a program, or one made here.

ECDSA on P-256 with SHA-256 (ES256). Signatures leave as C2PA wants them: r and s, 32 bytes each.
"""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from likeness.common.v1 import reason_pb2 as reasons

from gateway.marking.evaluation import evaluation_identity
from gateway.marking.settings import MarkingSettings, require_one_signer
from likeness_wire.errors import Internal, Unavailable
from services.common.settings import PREFIX
from services.common.startup import StartupError

_HALF = 32
_PROGRAM_S = 10.0
_PROBE = b"likeness: is this the certificate's key?"
_ES256 = ec.ECDSA(hashes.SHA256())

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Signing:
    """A certificate and what signs for it."""

    chain: str
    subject: str
    sign: Sign = field(repr=False)
    # Made here: nobody vouches for it.
    is_test: bool = False


def open_signing(settings: MarkingSettings, folder: Path) -> Signing:
    """As the settings say. StartupError where certificate and key do not belong together."""
    require_one_signer(settings)
    if settings.provenance_chain is None:
        chain, key = evaluation_identity(folder)
        return _checked(chain, _by_key(_key(key)), is_test=True)
    chain = _read(settings.provenance_chain, "CHAIN")
    if settings.provenance_key is not None:
        return _checked(chain, _by_key(_key(_read(settings.provenance_key, "KEY"))))
    return _checked(chain, _by_program(settings.provenance_signer))


def _checked(chain: bytes, sign: Sign, *, is_test: bool = False) -> Signing:
    """One signature is made and verified, so that a wrong key is noticed before a picture is."""
    try:
        certificate = x509.load_pem_x509_certificates(chain)[0]
        public = certificate.public_key()
    except ValueError:
        raise StartupError(f"{PREFIX}PROVENANCE_CHAIN: holds no certificate in PEM") from None
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise StartupError(f"{PREFIX}PROVENANCE_CHAIN: the certificate is not for a key on P-256")
    try:
        public.verify(_der(sign(_PROBE)), _PROBE, _ES256)
    except InvalidSignature:
        raise StartupError(f"{PREFIX}PROVENANCE_CHAIN: what signs has not the certificate's key") from None
    except (Unavailable, Internal) as failure:
        raise StartupError(f"{PREFIX}PROVENANCE_SIGNER: {failure.message}") from failure
    return Signing(chain.decode(), certificate.subject.rfc4514_string(), sign, is_test)


def _by_key(key: ec.EllipticCurvePrivateKey) -> Sign:
    return lambda data: _raw(key.sign(data, _ES256))


def _by_program(command: Sequence[str]) -> Sign:
    """A key that nobody can read, in a KMS or HSM. DER or raw signatures are understood."""

    def sign(data: bytes) -> bytes:
        try:
            done = subprocess.run(command, input=data, capture_output=True, timeout=_PROGRAM_S, check=True)  # noqa: S603 - the operator's own
        except (OSError, subprocess.SubprocessError) as failure:
            raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "what signs pictures does not answer") from failure
        return done.stdout if len(done.stdout) == 2 * _HALF else _raw(done.stdout)

    return sign


def _raw(der: bytes) -> bytes:
    try:
        r, s = utils.decode_dss_signature(der)
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
    except (ValueError, OverflowError):
        raise Internal(reasons.REASON_INTERNAL, "what signs pictures gave no ECDSA signature") from None


def _der(raw: bytes) -> bytes:
    return utils.encode_dss_signature(int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big"))


def _key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise StartupError(f"{PREFIX}PROVENANCE_KEY: holds no private key in PEM, or one with a password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise StartupError(f"{PREFIX}PROVENANCE_KEY: is not a key on P-256")
    return key


def _read(path: Path, which: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StartupError(f"{PREFIX}PROVENANCE_{which}: cannot be read: {error.strerror}") from None
