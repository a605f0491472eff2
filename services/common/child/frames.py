"""What travels between a process and its child: messages with their large buffers beside them, over a socket pair.

Neither side ever waits for ever: the parent gives every send and receive a deadline, the child ends with its lifeline.
"""

import dataclasses
import enum
import io
import pickle
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from services.common.child.deadline import Deadline

Packed = list[memoryview]
M = TypeVar("M")

# The exit code of a child that had no memory left even to say so.
OUT_OF_MEMORY = 99

_COUNT = struct.Struct("!I")
_SIZE = struct.Struct("!Q")
_READ_ONLY = 1 << 63
# Far above any picture; a child gone mad must not make its parent reserve more.
_LONGEST_BYTES = 1 << 30
_MOST_BUFFERS = 1024

# How numpy puts arrays and scalars together again; plain names, since most children need no numpy.
_ARRAY_PARTS = frozenset(
    {
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
        ("likeness_wire.errors", "_rebuild"),
    }
)


class Garbled(Exception):
    """The other side sent what no honest one sends."""


def pack(message: object) -> Packed:
    """The message and, beside it, the large buffers it refers to, uncopied: release them when they are sent."""
    beside: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=beside.append)
    return [memoryview(body), *(buffer.raw() for buffer in beside)]


def release(packed: Packed) -> None:
    """Views that a traceback keeps alive into a garbage collection are more than CPython 3.11 survives."""
    for part in packed:
        part.release()


class Frames:
    """One end of the socket pair."""

    def __init__(self, end: socket.socket, *, guarded: bool) -> None:
        """`guarded`: what is received may build arrays, errors and our own data, but never run anything."""
        self._end = end
        self._guarded = guarded

    def send(self, packed: Packed, deadline: Deadline | None = None) -> None:
        """A message, its buffers straight from where they are. TimeoutError at the deadline."""
        sizes = (_SIZE.pack(part.nbytes | (_READ_ONLY if part.readonly else 0)) for part in packed)
        self._send_all(_COUNT.pack(len(packed)) + b"".join(sizes), deadline)
        for part in packed:
            self._send_all(part, deadline)

    def receive(self, deadline: Deadline | None = None) -> Any:
        """The next message. EOFError when the other side has gone."""
        (count,) = _COUNT.unpack(self._exactly(_COUNT.size, deadline))
        if not 1 <= count <= _MOST_BUFFERS:
            raise Garbled("number of buffers")
        sizes = [_SIZE.unpack(self._exactly(_SIZE.size, deadline))[0] for _ in range(count)]
        body, *beside = [self._buffer(size, deadline) for size in sizes]
        unpickler = _Guarded if self._guarded else pickle.Unpickler
        return unpickler(io.BytesIO(body), buffers=beside).load()

    def send_parts(self, parts: Iterable[memoryview]) -> None:
        """Bytes that nobody holds all at once: pieces with their sizes, then a zero."""
        for part in parts:
            self._send_all(_SIZE.pack(part.nbytes))
            self._send_all(part)
        self._send_all(_SIZE.pack(0))

    def receive_parts(self, size_bytes: int, deadline: Deadline) -> bytearray:
        """What `send_parts` sends, together. Its end stays zero where the sender failed on the way."""
        if not 0 <= size_bytes <= _LONGEST_BYTES:
            raise Garbled("size of a flow")
        gathered = bytearray(size_bytes)
        free = memoryview(gathered)
        while size := _SIZE.unpack(self._exactly(_SIZE.size, deadline))[0]:
            if size > len(free):
                raise Garbled("more than was announced")
            self._fill(free[:size], deadline)
            free = free[size:]
        return gathered

    def close(self) -> None:
        self._end.close()

    def _buffer(self, size: int, deadline: Deadline | None) -> bytes | bytearray:
        """Bytes where the sender's were read-only (nothing has to copy them again), else a bytearray."""
        length = size & ~_READ_ONLY
        if length > _LONGEST_BYTES:
            raise Garbled("size of a buffer")
        return self._exactly(length, deadline) if size & _READ_ONLY else self._filled(bytearray(length), deadline)

    def _exactly(self, length: int, deadline: Deadline | None) -> bytes:
        if not length:
            return b""
        data: bytes = self._patiently(lambda: self._end.recv(length, socket.MSG_WAITALL), deadline)
        if not data:
            raise EOFError
        # A deadline makes the socket non-blocking underneath, and then MSG_WAITALL may return early.
        return data if len(data) == length else data + self._filled(bytearray(length - len(data)), deadline)

    def _filled(self, buffer: bytearray, deadline: Deadline | None) -> bytearray:
        self._fill(memoryview(buffer), deadline)
        return buffer

    def _fill(self, free: memoryview, deadline: Deadline | None) -> None:
        while free:
            received = self._patiently(partial(self._end.recv_into, free), deadline)
            if not received:
                raise EOFError
            free = free[received:]

    def _send_all(self, data: bytes | memoryview, deadline: Deadline | None = None) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._patiently(partial(self._end.send, rest), deadline) :]

    def _patiently(self, move: Callable[[], M], deadline: Deadline | None) -> M:
        """What can be done at once is done, however late it is: then it was us who let the other side wait."""
        if deadline is None:
            return move()
        deadline.check()
        self._end.settimeout(0)
        while True:
            try:
                return move()
            except (BlockingIOError, TimeoutError):
                self._end.settimeout(deadline.left_s())


class _Guarded(pickle.Unpickler):
    """For the parent: hostile bytes may have taken over its child, and a pickle can call anything it can name."""

    def find_class(self, module: str, name: str) -> Any:
        # Only what is imported already: importing runs code.
        found = getattr(sys.modules.get(module), name, None)
        if (module, name) in _ARRAY_PARTS or _is_plain_data(found) or _is_our_error(module, found):
            return found
        raise Garbled(f"a {module}.{name}")


def _is_plain_data(found: object) -> bool:
    if not isinstance(found, type):
        return False
    return dataclasses.is_dataclass(found) or issubclass(found, enum.Enum | tuple)


def _is_our_error(module: str, found: object) -> bool:
    return module == "likeness_wire.errors" and isinstance(found, type) and issubclass(found, Exception)
