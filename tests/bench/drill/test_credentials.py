"""Certificates of a whole fleet."""

from pathlib import Path

from cryptography import x509

from bench.drill.credentials import Credentials
from likeness_wire.certificates import read
from tests.authority import Authority


def test_everybody_gets_another_certificate(tmp_path: Path) -> None:
    """By its name, for its id, of the authority of the moment; all that is believed is in one file."""
    credentials = Credentials.begun(tmp_path / "tls", {"embedder": "embedder", "embedder-2": "embedder"})
    before, first = dict(credentials.serials), credentials.authority
    credentials.authority = Authority("another")
    credentials.issue(first, credentials.authority)

    assert set(before.values()).isdisjoint(credentials.serials.values())
    for name in before:
        found = read(credentials.files(name))
        (certificate,) = x509.load_pem_x509_certificates(found.chain)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert credentials.serials[name] == certificate.serial_number
        assert "embedder" in names.get_values_for_type(x509.DNSName)
        assert ["spiffe://drill/embedder"] == names.get_values_for_type(x509.UniformResourceIdentifier)
        assert "CN=another" == certificate.issuer.rfc4514_string()
        assert found.authorities is not None
        assert 2 == found.authorities.count(b"BEGIN CERTIFICATE")
