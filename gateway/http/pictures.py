"""Pictures on their way out: whole, or the range that was asked for. What is in memory is what is being sent."""

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc.aio
from google.protobuf.message import Message
from likeness.common.v1.chunk_pb2 import ChunkHeader
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from gateway.http.calls import Calls, Terms, leaving
from gateway.http.failures import NO_STORE
from gateway.http.kinds import MEDIA_TYPES, SUFFIXES
from gateway.http.refusals import no_such_range
from gateway.http.routes import Route
from likeness_wire.errors import BadRequest
from likeness_wire.status import from_rpc_error

# One range; several are answered with the whole, as RFC 9110 allows.
_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


@dataclass(frozen=True, slots=True)
class Part:
    """What is sent of a picture: its first byte, and how many there are of all."""

    offset: int
    total: int


class Picture:
    """An answer that has begun: the header is known, the bytes follow."""

    def __init__(self, request: Request, call: Any, header: ChunkHeader, part: Part | None, headers: dict[str, str]):
        self._request = request
        self._call = call
        self._header = header
        self._part = part
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A call that fails now leaves the answer short of what was announced, which every client notices."""
        headers = [(name.lower().encode(), value.encode()) for name, value in self._all_headers().items()]
        async with leaving(self._request, self._call):
            await send({"type": "http.response.start", "status": 206 if self._part else 200, "headers": headers})
            async for data in _data(self._call):
                await send({"type": "http.response.body", "body": data, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _all_headers(self) -> dict[str, str]:
        header, part = self._header, self._part
        headers = {**NO_STORE, **self._headers, "Content-Length": str(header.size_bytes)}
        headers["Content-Type"] = MEDIA_TYPES[header.kind]
        if part:
            last = part.offset + header.size_bytes - 1
            headers["Content-Range"] = f"bytes {part.offset}-{last}/{part.total}"
        return headers


class Pictures:
    """Opens them."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def open(self, request: Request, route: Route, message: Any, terms: Terms) -> Picture:
        """Errors come before the first byte, so that they have their own code."""
        tag = _tag(message.name)
        headers = {"ETag": tag, "Accept-Ranges": "bytes" if route.ranges else "none"}
        wanted = _RANGE.fullmatch(request.headers.get("range", "")) if route.ranges else None
        if wanted is None or request.headers.get("if-range", tag) != tag:
            call, _, header = await self._begun(request, route, message, terms)
            return Picture(request, call, header, None, headers | _named(message.name, header))
        await self._narrow(request, route, message, terms, wanted)
        call, facts, header = await self._ranged(request, route, message, terms)
        part = Part(facts.offset, facts.result.size_bytes)
        return Picture(request, call, header, part, headers | _named(message.name, header))

    async def _narrow(self, request: Request, route: Route, message: Any, terms: Terms, wanted: re.Match[str]) -> None:
        first, last, suffix = wanted.groups()
        if suffix:
            total = await self._total(request, route, message, terms)
            if not int(suffix):
                raise no_such_range(total)
            message.offset = max(0, total - int(suffix))
            return
        message.offset = int(first)
        if last and int(last) < int(first):
            raise no_such_range(await self._total(request, route, message, terms))
        if last:
            message.length = int(last) - int(first) + 1

    async def _ranged(self, request: Request, route: Route, message: Any, terms: Terms) -> tuple[Any, Any, Any]:
        try:
            return await self._begun(request, route, message, terms)
        except grpc.aio.AioRpcError as failure:
            if isinstance(from_rpc_error(failure), BadRequest):
                total = await self._total(request, route, message, terms)
                if message.offset >= total:
                    raise no_such_range(total) from None
            raise

    async def _total(self, request: Request, route: Route, message: Any, terms: Terms) -> int:
        """Of the whole picture, learned from its first byte."""
        call, facts, _ = await self._begun(request, route, type(message)(name=message.name, length=1), terms)
        async with leaving(request, call):
            async for _ in _data(call):
                pass
        return int(facts.result.size_bytes)

    async def _begun(self, request: Request, route: Route, message: Message, terms: Terms) -> tuple[Any, Any, Any]:
        """The call, the facts if it has any, and the header of the picture."""
        call, facts = self._calls.start(route.rpc, message, terms), None
        try:
            while True:
                answer = await call.read()
                if getattr(answer, "HasField", None) and answer.HasField("chunk"):
                    return call, facts, answer.chunk.header
                facts = answer.facts
        except BaseException:
            call.cancel()
            raise


async def _data(call: Any) -> AsyncIterator[bytes]:
    while (answer := await call.read()) is not grpc.aio.EOF:
        if data := answer.chunk.data:
            yield data


def _tag(name: str) -> str:
    """Results never change, so the name is the version."""
    return f'"{hashlib.sha256(name.encode()).hexdigest()[:32]}"'


def _named(name: str, header: ChunkHeader) -> dict[str, str]:
    """How a browser saves it: `jobs-6f1c-results-1.jpg`."""
    words = "-".join(name.split("/")[2:])
    return {"Content-Disposition": f'inline; filename="{words}.{SUFFIXES[header.kind]}"'}
