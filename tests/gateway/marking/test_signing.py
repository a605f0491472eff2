"""What signs: an operator's key, an operator's program, or a certificate made here."""

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.marking import evaluation
from gateway.marking.settings import MarkingSettings
from gateway.marking.signing import Signing, open_signing
from likeness_wire.errors import Internal, Unavailable
from services.common.settings import load
from services.common.startup import StartupError

# Signs as a KMS's own tool would: data in, DER out.
PROGRAM = """
import sys
from pathlib import Path
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
key = load_pem_private_key(Path(sys.argv[1]).read_bytes(), None)
sys.stdout.buffer.write(key.sign(sys.stdin.buffer.read(), ec.ECDSA(hashes.SHA256())))
"""


@pytest.fixture
def operators(folder: Path) -> tuple[Path, Path]:
    """A chain and its key, in files; an operator has one from an authority."""
    chain, key = evaluation.evaluation_identity(folder)
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    return folder / "chain.pem", folder / "key.pem"


def opened(folder: Path, **chosen: object) -> Signing:
    return open_signing(MarkingSettings(**chosen), folder)  # type: ignore[arg-type]


def test_a_certificate_of_our_own_is_made_once(folder: Path) -> None:
    """It stays the same over restarts, is readable by its owner alone, and is called what it is."""
    first, second = opened(folder), opened(folder)

    assert first.chain == second.chain
    assert first.is_test
    assert "evaluation" in first.subject
    assert 0o600 == (folder / evaluation.FILE).stat().st_mode & 0o777


def test_its_authority_can_issue_no_other(folder: Path) -> None:
    """The authority's key is nowhere."""
    content = (opened(folder), (folder / evaluation.FILE).read_text())[1]

    assert 1 == content.count("PRIVATE KEY-----") // 2
    assert [evaluation.FILE] == [path.name for path in folder.iterdir()]


def test_one_that_ends_soon_is_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures signed today are looked at for years."""
    monkeypatch.setattr(evaluation, "_LASTS", dt.timedelta(days=300))
    old = opened(folder).chain
    monkeypatch.undo()

    assert old != opened(folder).chain == opened(folder).chain


def test_a_data_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    """With the setting that would make it needless."""
    folder.write_text("a file")

    with pytest.raises(StartupError, match="LIKENESS_PROVENANCE_CHAIN: is not set"):
        opened(folder)


def test_an_operators_key_signs(operators: tuple[Path, Path], tmp_path: Path) -> None:
    """And nothing is made in the data folder."""
    chain, key = operators
    signing = opened(tmp_path / "other", provenance_chain=chain, provenance_key=key)

    assert not signing.is_test
    assert 64 == len(signing.sign(b"data"))
    assert not (tmp_path / "other").exists()


def test_an_operators_program_signs(operators: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the gateway need not hold the key. Settings come as they would to a process."""
    chain, key = operators
    monkeypatch.setenv("LIKENESS_PROVENANCE_CHAIN", str(chain))
    monkeypatch.setenv(
        "LIKENESS_PROVENANCE_SIGNER", f'["{sys.executable}", "-c", {PROGRAM!r}, "{key}"]'.replace("'", '"')
    )
    signing = open_signing(load(MarkingSettings), chain.parent)

    assert 64 == len(signing.sign(b"data"))


def _other_key(folder: Path, curve: ec.EllipticCurve) -> Path:
    key = ec.generate_private_key(curve)
    path = folder / "other.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def _other_chain(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "p384")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(days=1))
    path = folder / "p384.pem"
    path.write_bytes(builder.sign(key, hashes.SHA384()).public_bytes(Encoding.PEM))
    return path


Chosen = Callable[[Path, Path], dict[str, object]]


@pytest.mark.parametrize(
    ("chosen", "line"),
    [
        (lambda chain, key: {"provenance_chain": chain}, "needs LIKENESS_PROVENANCE_KEY or"),
        (lambda chain, key: {"provenance_key": key}, "has to be set"),
        (
            lambda chain, key: {"provenance_chain": chain, "provenance_key": key, "provenance_signer": ("x",)},
            "needs LIKENESS_PROVENANCE_KEY or",
        ),
        (lambda chain, key: {"provenance_chain": key, "provenance_key": key}, "no certificate in PEM"),
        (lambda chain, key: {"provenance_chain": chain, "provenance_key": chain}, "no private key in PEM"),
        (lambda chain, key: {"provenance_chain": chain, "provenance_key": chain.parent / "no"}, "cannot be read"),
        (
            lambda chain, key: {
                "provenance_chain": chain,
                "provenance_key": _other_key(chain.parent, ec.SECP256R1()),
            },
            "has not the certificate's key",
        ),
        (
            lambda chain, key: {
                "provenance_chain": chain,
                "provenance_key": _other_key(chain.parent, ec.SECP384R1()),
            },
            "not a key on P-256",
        ),
        (lambda chain, key: {"provenance_chain": _other_chain(chain.parent), "provenance_key": key}, "not for a key"),
        (lambda chain, key: {"provenance_chain": chain, "provenance_signer": ("false",)}, "does not answer"),
        (lambda chain, key: {"provenance_chain": chain, "provenance_signer": ("no-such-program",)}, "does not answer"),
        (lambda chain, key: {"provenance_chain": chain, "provenance_signer": ("echo", "x")}, "no ECDSA signature"),
    ],
)
def test_what_could_not_sign_stops_the_start(operators: tuple[Path, Path], chosen: Chosen, line: str) -> None:
    """Before any picture is made, with a line that names the setting."""
    with pytest.raises(StartupError, match=f"LIKENESS_PROVENANCE_.*{line}"):
        opened(operators[0].parent, **chosen(*operators))


def test_a_program_that_fails_later_says_so(operators: tuple[Path, Path], tmp_path: Path) -> None:
    """Away is something else than broken: one is tried again."""
    chain, key = operators
    program = tmp_path / "sign.py"
    program.write_text(PROGRAM)
    signing = opened(tmp_path, provenance_chain=chain, provenance_signer=(sys.executable, str(program), str(key)))
    program.write_text("print('no signature')")
    with pytest.raises(Internal):
        signing.sign(b"data")
    program.unlink()

    with pytest.raises(Unavailable):
        signing.sign(b"data")
