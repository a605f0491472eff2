"""The list of keys that spares the database those of nobody."""

import asyncio
import contextlib
import threading

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.tenants.keys import digest_of
from gateway.tenants.listing import Listing
from gateway.tenants.strangers import Turned
from likeness_wire.errors import Exhausted, Unavailable
from tests.gateway.house import HandClock
from tests.running import until


class Rows:
    """The table of keys. `go` unset: a look takes until it is set."""

    def __init__(self, *keys: str) -> None:
        self.keys = set(keys)
        self.looks = 0
        self.fails = False
        self.go = threading.Event()
        self.go.set()

    def read(self) -> set[bytes]:
        self.looks += 1
        seen = {digest_of(key) for key in self.keys}
        assert self.go.wait(10)
        if self.fails:
            raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "no database")
        return seen


@pytest.fixture
def rows() -> Rows:
    return Rows("good")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def listing(rows: Rows, threads: Threads, metrics: GatewayMetrics, clock: HandClock) -> Listing:
    return Listing(rows.read, threads, Turned(metrics), clock.monotonic)


async def guessed(listing: Listing, number: int) -> int:
    """How many of so many guesses, one after the other, were answered with a no."""
    answered = 0
    for each in range(number):
        with contextlib.suppress(Exhausted):
            assert not await listing.has(f"guess-{each}")
            answered += 1
    return answered


async def test_a_listed_key_costs_no_look(listing: Listing, rows: Rows) -> None:
    """But the first, which learns of it."""
    for _ in range(100):
        assert await listing.has("good")

    assert 1 == rows.looks


async def test_any_number_of_guesses_costs_one_look_a_second(
    listing: Listing, rows: Rows, clock: HandClock, metrics: GatewayMetrics
) -> None:
    """And nothing is kept of them; beyond that they are told when to come back."""
    assert 30 == await guessed(listing, 1000)
    with pytest.raises(Exhausted) as caught:
        await listing.has("one more")

    assert (30, 1.0) == (rows.looks, caught.value.retry_after_s)
    assert 971 == metrics.registry.get_sample_value("likeness_strangers_turned_away_total", {"credential": "key"})
    assert 1 == len(listing._digests)
    clock.pass_s(60)
    assert 30 == await guessed(listing, 1000)


async def test_a_listed_key_never_waits_for_guesses(listing: Listing, rows: Rows) -> None:
    """Not while they are looked for, nor when there were too many of them."""
    await listing.has("good")
    rows.go.clear()
    guess = asyncio.ensure_future(listing.has("guess"))
    await until(lambda: rows.looks == 2)
    assert await listing.has("good")
    rows.go.set()
    assert not await guess
    await guessed(listing, 100)

    assert await listing.has("good")


async def test_a_key_made_while_somebody_looks_is_found(listing: Listing, rows: Rows) -> None:
    """By a look that begins after the call came; those who wait for it share it."""
    rows.go.clear()
    first = asyncio.ensure_future(listing.has("guess"))
    await until(lambda: rows.looks == 1)
    rows.keys.add("new")
    later = [asyncio.ensure_future(listing.has(key)) for key in ("new", "guess", "other", "new")]
    await asyncio.sleep(0)
    rows.go.set()

    assert [False, True, False, False, True] == [await first, *await asyncio.gather(*later)]
    assert 2 == rows.looks


async def test_a_key_made_under_a_flood_of_guesses_is_let_in_within_a_second(
    listing: Listing, rows: Rows, clock: HandClock
) -> None:
    """The flood itself has the list read again."""
    await guessed(listing, 100)
    rows.keys.add("new")
    with pytest.raises(Exhausted) as caught:
        await listing.has("new")
    clock.pass_s(caught.value.retry_after_s or 0)
    await guessed(listing, 100)

    assert await listing.has("new")


async def test_only_so_many_wait_for_a_look(listing: Listing, rows: Rows) -> None:
    """A database that hangs does not gather callers."""
    rows.go.clear()
    waiting = [asyncio.ensure_future(listing.has(f"guess-{each}")) for each in range(64)]
    await until(lambda: rows.looks == 1)
    with pytest.raises(Exhausted):
        await listing.has("one more")
    rows.go.set()

    assert not any(await asyncio.gather(*waiting))
    assert rows.looks <= 2


async def test_a_look_that_fails_is_said_and_tried_again(listing: Listing, rows: Rows) -> None:
    """What was known before goes on."""
    await listing.has("good")
    rows.fails = True
    with pytest.raises(Unavailable):
        await listing.has("guess")
    rows.fails = False

    assert await listing.has("good")
    assert not await listing.has("guess")


async def test_a_revoked_key_is_dropped(listing: Listing, rows: Rows) -> None:
    """Its holder is a stranger from then on."""
    await listing.has("good")
    rows.keys.clear()
    listing.drop("good")

    assert not await listing.has("good")
