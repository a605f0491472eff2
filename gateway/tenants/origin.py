"""Where a call comes from: the address that limits of callers whom nobody knows go by.

What comes in by HTTP is called once more from loopback; it brings its address along, under a word that only this
process knows. An address that anybody else claims to have is not believed.
"""

import ipaddress
import secrets
from collections.abc import Iterable
from urllib.parse import unquote

_HEADER = "x-likeness-from"
_WORD = secrets.token_hex(16)
# Whoever has one IPv6 address has them all.
_IPV6_BITS = 64


def forwarded(address: str) -> tuple[str, str]:
    """Goes with a call that this process makes to itself for a caller."""
    return _HEADER, f"{_WORD} {address}"


def origin_of(peer: str, metadata: Iterable[tuple[str, str | bytes]]) -> str:
    """`peer`: as gRPC writes it, `ipv4:192.0.2.1:50000`. An IPv6 address stands for its network."""
    for name, value in metadata:
        if name == _HEADER and isinstance(value, str) and value.startswith(f"{_WORD} "):
            return _network(value.removeprefix(f"{_WORD} "))
    return _network(_host(unquote(peer)))


def _host(peer: str) -> str:
    _, _, rest = peer.partition(":")
    return rest.rpartition(":")[0].strip("[]") or peer


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4 or found.ipv4_mapped:
        return str(found.ipv4_mapped if found.version == 6 else found)
    return str(ipaddress.ip_network((found, _IPV6_BITS), strict=False))
