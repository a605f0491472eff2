"""A name server that answers like the headless Service of a cluster: with the addresses of every replica."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

# RFC 1035: an address of IPv4, the class Internet, an answer with authority, a pointer to the name asked for.
_A, _IN, _ANSWERED, _SAME_NAME = 1, 1, 0x8580, b"\xc0\x0c"
_HEAD = 12
_VALID_S = 5


@asynccontextmanager
async def naming(names: Mapping[str, Sequence[str]]) -> AsyncIterator[str]:
    """The address of the server, as gRPC wants it in `dns://ADDRESS/NAME:PORT`."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Names(names), local_addr=("127.0.0.1", 0))
    try:
        host, port = transport.get_extra_info("sockname")
        yield f"{host}:{port}"
    finally:
        transport.close()


class _Names(asyncio.DatagramProtocol):
    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self._names = names
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None:
            self._transport.sendto(_answer(data, self._names), addr)


def _answer(query: bytes, names: Mapping[str, Sequence[str]]) -> bytes:
    """Of one question. Names that are unknown, and addresses of IPv6, have no answer."""
    end = query.index(0, _HEAD) + 1
    (kind,) = struct.unpack_from(">H", query, end)
    found = names.get(_name(query[_HEAD:end]), ()) if kind == _A else ()
    head = query[:2] + struct.pack(">HHHHH", _ANSWERED, 1, len(found), 0, 0)
    rows = [_SAME_NAME + struct.pack(">HHIH", _A, _IN, _VALID_S, 4) + socket.inet_aton(address) for address in found]
    return head + query[_HEAD : end + 4] + b"".join(rows)


def _name(labels: bytes) -> str:
    words, place = [], 0
    while length := labels[place]:
        words.append(labels[place + 1 : place + 1 + length].decode("ascii"))
        place += 1 + length
    return ".".join(words).lower()
