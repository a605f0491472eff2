"""Lines that are slow, and a store that treats requests badly, in front of a real server."""

import asyncio
import http.client
import time
from collections.abc import AsyncIterator

import pytest

from bench.drill.lines import Ill, Line, StoreLine, standing_line
from tests.running import until

BODY = b"x" * 50_000


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """HTTP enough: whatever is asked for is BODY."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and (line := await reader.readline()):
        head += line
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
    await writer.drain()
    writer.close()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


def asked(port: int) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/bucket/object")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


async def test_a_line_that_is_well_carries_everything(port: int) -> None:
    """As if it were not there."""
    for line in (Line("127.0.0.1", port), StoreLine("127.0.0.1", port)):
        async with standing_line(line) as front:
            assert (200, BODY) == await asyncio.to_thread(asked, front)


async def test_a_slow_line_takes_its_time(port: int) -> None:
    """And says how many pieces came late."""
    line = Line("127.0.0.1", port)
    line.delay_s = 0.1
    async with standing_line(line) as front:
        began = time.monotonic()
        assert (200, BODY) == await asyncio.to_thread(asked, front)

    assert time.monotonic() - began >= 0.2
    assert line.delayed >= 2


async def test_a_line_that_does_not_flow_carries_on_where_it_was(port: int) -> None:
    """Nothing of it is lost."""
    line = Line("127.0.0.1", port)
    line.flowing.clear()
    async with standing_line(line) as front:
        asking = asyncio.create_task(asyncio.to_thread(asked, front))
        await until(lambda: line.delayed)
        line.flowing.set()

        assert (200, BODY) == await asking


@pytest.mark.parametrize("ill", [Ill.RESET, Ill.CUT])
async def test_an_ill_store_breaks_connections(port: int, ill: Ill) -> None:
    """Nobody could take it for an answer."""
    line = StoreLine("127.0.0.1", port)
    line.ill, line.share = ill, 1.0
    async with standing_line(line) as front:
        with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
            await asyncio.to_thread(asked, front)

    assert 1 == line.spoiled


async def test_an_ill_store_asks_for_patience_as_s3_does(port: int) -> None:
    """With its code; whoever fares well meanwhile gets what is there."""
    line = StoreLine("127.0.0.1", port)
    line.ill, line.share = Ill.SLOW_DOWN, 1.0
    async with standing_line(line) as front:
        status, body = await asyncio.to_thread(asked, front)
        line.share = 0.0
        assert (200, BODY) == await asyncio.to_thread(asked, front)

    assert 503 == status
    assert b"<Code>SlowDown</Code>" in body
