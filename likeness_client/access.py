"""Where a gateway is, how it is spoken to, and who calls."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from likeness_wire.certificates import CertificateFiles
from likeness_wire.hosts import is_loopback

Headers = tuple[tuple[str, str], ...]

# An API key or a JWT; or a function that returns the one that is valid now.
Key = str | Callable[[], str]

# True: checked by well-known authorities. A path: by those in this PEM file. CertificateFiles: that, and who we are.
# False: none. None: none on this machine, well-known authorities elsewhere.
Tls = bool | Path | CertificateFiles | None

_LOCAL_SCHEMES = ("unix:", "unix-abstract:")
# Several addresses of one gateway: `ipv4:10.0.0.1:7400,10.0.0.2:7400`.
_LISTS = ("ipv4", "ipv6")


@dataclass(frozen=True, slots=True)
class Access:
    """`address`: `host:port`, or any gRPC name. A key never travels in the clear, except on this machine."""

    address: str
    key: Key | None = field(default=None, repr=False)
    tls: Tls = None

    def __post_init__(self) -> None:
        if "://" in self.address and not self.address.startswith(("dns:", "unix:")):
            raise ValueError(f"an address is host:port, not a URL: {self.address}")
        if self.key is not None and not self.encrypted and not _is_local(self.address):
            raise ValueError("a key is not sent without TLS to another machine")

    @property
    def encrypted(self) -> bool:
        return not _is_local(self.address) if self.tls is None else self.tls is not False

    @property
    def identity(self) -> CertificateFiles | None:
        """Files that say who we are; they may be renewed."""
        return self.tls if isinstance(self.tls, CertificateFiles) else None

    def credentials(self) -> grpc.ChannelCredentials | None:
        """How the server proves who it is. None: it does not, or `identity` says."""
        if not self.encrypted or self.identity is not None:
            return None
        roots = self.tls.read_bytes() if isinstance(self.tls, Path) else None
        return grpc.ssl_channel_credentials(root_certificates=roots)

    def headers(self) -> Headers:
        """Of every call."""
        if self.key is None:
            return ()
        return (("authorization", f"Bearer {self.key if isinstance(self.key, str) else self.key()}"),)


def _is_local(address: str) -> bool:
    if address.startswith(_LOCAL_SCHEMES):
        return True
    scheme, colon, listed = address.partition(":")
    if colon and scheme in _LISTS:
        return all(_is_loopback(each) for each in listed.split(","))
    return _is_loopback(address.removeprefix("dns:").lstrip("/"))


def _is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    return is_loopback(host)
