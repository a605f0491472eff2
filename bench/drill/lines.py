"""What lies between a caller and a server: a line that can be slow, and one that is a bad store."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum

_PIECE = 64 * 1024
_LONGEST_HEAD = 64 * 1024
_ENDS_WITHIN_S = 5.0

_SLOW_DOWN = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code>'
    b"<Message>Please reduce your request rate.</Message><RequestId>drill</RequestId></Error>"
)


class Line:
    """TCP from here to there. `delay_s`: of every piece, both ways. While not `flowing`, nothing goes through."""

    def __init__(self, host: str, port: int) -> None:
        self.delay_s = 0.0
        self.delayed = 0
        self.flowing = asyncio.Event()
        self.flowing.set()
        self._there = (host, port)
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    def break_all(self) -> None:
        """Connections end here and now; new ones are taken."""
        for writer in list(self._open):
            writer.transport.abort()

    async def end(self) -> None:
        """Until nobody is on it any more."""
        self.break_all()
        self.flowing.set()
        if serving := [task for task in self._open.values() if task is not None]:
            await asyncio.wait(serving, timeout=_ENDS_WITHIN_S)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._open[writer] = asyncio.current_task()
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._carry(reader, writer)
        finally:
            del self._open[writer]
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(*self._there)
        try:
            await self._both_ways(reader, writer, *there)
        finally:
            there[1].close()

    async def _both_ways(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> None:
        """Until either side has ended."""
        ways = [asyncio.create_task(self._pump(*way)) for way in ((reader, server), (answers, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            # What a server has said before it closed still arrives.
            await asyncio.wait(ways[1:], timeout=0.2)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while piece := await source.read(_PIECE):
            if self.delay_s:
                self.delayed += 1
                await asyncio.sleep(self.delay_s)
            if not self.flowing.is_set():
                self.delayed += 1
                await self.flowing.wait()
            target.write(piece)
            await target.drain()


class Ill(StrEnum):
    """What a store does to a request."""

    SLOW_DOWN = "503 SlowDown"
    RESET = "a connection reset before an answer"
    CUT = "an answer cut off in its middle"


class StoreLine(Line):
    """In front of an S3 service. While `ill`, `share` of the requests fare badly, each on a connection of its own."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.ill: Ill | None = None
        self.share = 0.5
        self.spoiled = 0
        self._chance = random.Random(0)

    def fall_ill(self, ill: Ill) -> None:
        """From now on, connections that are open included."""
        self.ill = ill
        self.break_all()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.ill is None:
            await super()._carry(reader, writer)
            return
        head = await reader.readuntil(b"\r\n\r\n")
        if self._chance.random() >= self.share:
            await self._alone(head, reader, writer)
        else:
            self.spoiled += 1
            await self._spoil(self.ill, head, reader, writer)

    async def _spoil(self, ill: Ill, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match ill:
            case Ill.SLOW_DOWN:
                await _drained(head, reader)
                writer.write(_refusal())
                await writer.drain()
            case Ill.RESET:
                _reset(writer)
            case Ill.CUT:
                await self._alone(head, reader, writer, cut=True)

    async def _alone(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, cut: bool = False
    ) -> None:
        """One request, after which the server closes. `cut`: half of the first piece of its answer is all there is."""
        answers, server = await asyncio.open_connection(*self._there)
        try:
            server.write(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            if not cut:
                await self._both_ways(reader, writer, answers, server)
                return
            sending = asyncio.create_task(self._pump(reader, server))
            piece = await answers.read(_PIECE)
            sending.cancel()
            writer.write(piece[: len(piece) // 2])
            await writer.drain()
            _reset(writer)
        finally:
            server.close()


@asynccontextmanager
async def standing_line(line: Line, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """The port on which it takes connections."""
    server = await asyncio.start_server(line.serve, host, port, limit=_LONGEST_HEAD)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await line.end()


def _reset(writer: asyncio.StreamWriter) -> None:
    """RST, not FIN: nobody can take it for an end."""
    connection = writer.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _refusal() -> bytes:
    lines = ["HTTP/1.1 503 Slow Down", "Content-Type: application/xml", "Connection: close"]
    return "\r\n".join([*lines, f"Content-Length: {len(_SLOW_DOWN)}", "", ""]).encode() + _SLOW_DOWN


async def _drained(head: bytes, reader: asyncio.StreamReader) -> None:
    """A client that still sends would not read the answer."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.partition(b":")[2]))
