"""Certificates of everybody in the drill, which can all be renewed, by the same authority or by another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from likeness_wire.certificates import CertificateFiles
from tests.authority import Authority, write

CALLER = "caller"
_DOMAIN = "spiffe://drill"


def spiffe_id(kind: str) -> str:
    return f"{_DOMAIN}/{kind}"


@dataclass(slots=True)
class Credentials:
    """A folder for each name; `kinds` says under which name it is called. Serial numbers are those last written."""

    folder: Path
    kinds: Mapping[str, str]
    authority: Authority
    serials: dict[str, int]

    @classmethod
    def begun(cls, folder: Path, kinds: Mapping[str, str]) -> "Credentials":
        folder.mkdir()
        made = cls(folder, kinds, Authority("drill 1"), {})
        made.issue(made.authority)
        return made

    def files(self, name: str) -> CertificateFiles:
        data = self.folder / name / "..data"
        return CertificateFiles(data / "tls.crt", data / "tls.key", data / "ca.crt")

    def issue(self, *believed: Authority) -> None:
        """A new certificate for everybody, by the authority of the moment; these authorities are believed."""
        for name, kind in self.kinds.items():
            issued = self.authority.issue(spiffe_id(kind), names=[kind])
            write(self.folder / name, issued, *believed)
            self.serials[name] = x509.load_pem_x509_certificate(issued.chain).serial_number

    def variables(self, name: str, callers: Sequence[str]) -> dict[str, str]:
        """For a process that takes calls from these kinds."""
        files = self.files(name)
        allowed = ",".join(f'"{spiffe_id(kind)}"' for kind in callers)
        return {
            "TLS_CHAIN": str(files.chain),
            "TLS_KEY": str(files.key),
            "TLS_AUTHORITIES": str(files.authorities),
            "ALLOWED_PEERS": f'{{"*": [{allowed}]}}',
        }
