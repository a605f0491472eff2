from collections.abc import Callable
from pathlib import Path

import pytest

from likeness_wire.certificates import CertificateFiles, Renewed, UnfitCertificates, expiry, read
from tests.authority import Authority, write

AUTHORITY = Authority()


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    return write(tmp_path / "tls", AUTHORITY.issue(), AUTHORITY)


def test_what_fits_together_is_read(files: CertificateFiles) -> None:
    """All three files, and none of them is shown."""
    certificates = read(files)

    assert certificates.chain.startswith(b"-----BEGIN CERTIFICATE")
    assert certificates.key.startswith(b"-----BEGIN PRIVATE KEY")
    assert certificates.authorities == AUTHORITY.pem
    assert "BEGIN" not in repr(certificates)


def test_nothing_new_is_nothing(files: CertificateFiles) -> None:
    """Looking often is free, and writing the same again is no renewal."""
    renewed = Renewed(files)
    assert not renewed.look()

    files.chain.write_bytes(files.chain.read_bytes())
    assert not renewed.look()


def test_a_renewal_is_seen_once(files: CertificateFiles, tmp_path: Path) -> None:
    """By the link that moves to a new folder."""
    renewed = Renewed(files)
    issued = AUTHORITY.issue()
    write(tmp_path / "tls", issued, AUTHORITY)

    assert renewed.look()
    assert renewed.current.chain == issued.chain
    assert not renewed.look()


def test_a_new_authority_is_a_renewal(files: CertificateFiles) -> None:
    """Whom to believe changes without us."""
    renewed = Renewed(files)
    assert files.authorities is not None
    files.authorities.write_bytes(AUTHORITY.pem + Authority("next").pem)

    assert renewed.look()


@pytest.mark.parametrize(
    "harm",
    [
        lambda files: files.key.write_bytes(AUTHORITY.issue().key),
        lambda files: files.chain.write_bytes(AUTHORITY.issue().chain),
        lambda files: files.chain.write_bytes(files.chain.read_bytes()[:100]),
        lambda files: files.key.write_bytes(b""),
        lambda files: files.authorities.write_text("nobody"),
        lambda files: files.key.unlink(),
    ],
    ids=["another key", "another chain", "half a chain", "an empty key", "no authority", "no key"],
)
def test_what_does_not_fit_is_left_alone(files: CertificateFiles, harm: Callable[[CertificateFiles], object]) -> None:
    """Those before stay, however often one looks; and once all fits again, it is seen."""
    renewed = Renewed(files)
    before = renewed.current
    harm(files)
    assert not renewed.look()
    assert not renewed.look()
    assert renewed.current == before

    issued = AUTHORITY.issue()
    files.chain.write_bytes(issued.chain)
    files.key.write_bytes(issued.key)
    files.authorities.write_bytes(AUTHORITY.pem)  # type: ignore[union-attr]
    assert renewed.look()
    assert renewed.current.chain == issued.chain


def test_a_chain_is_good_until_its_first_certificate_is_not() -> None:
    """Whichever place in the chain it has."""
    short, long = AUTHORITY.issue().chain, AUTHORITY.pem

    assert expiry(long + short) == expiry(short + long) == expiry(short) < expiry(long)


def test_the_file_at_fault_is_named(files: CertificateFiles) -> None:
    """By what it is for, not by where it lies."""
    files.key.write_bytes(b"not a key")
    with pytest.raises(UnfitCertificates, match="not the key") as caught:
        read(files)

    assert caught.value.file == "key"


def test_a_key_with_a_password_is_not_asked_for_it(files: CertificateFiles) -> None:
    """Nobody sits at the terminal of a service."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"secret")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    files.key.write_bytes(pem)
    with pytest.raises(UnfitCertificates):
        read(files)
