"""Following a job over connections that break: every kept event once, in order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from likeness_client import (
    Alive,
    AsyncLikeness,
    Consent,
    JobEvent,
    PictureGivenUp,
    PicturePreview,
    PictureStep,
    ResultStored,
    State,
    StateChanged,
    TryJudged,
)
from likeness_client.access import Access
from likeness_client.connection import Connection
from likeness_client.errors import NotFound, Unavailable
from likeness_client.watching import Watch
from likeness_wire.errors import Internal, LikenessError
from likeness_wire.resend import Patience
from tests.gateway.proxies import BadLine, bad_line
from tests.likeness_client.conftest import Waits
from tests.likeness_client.fake_gateway import FakeGateway
from tests.likeness_client.script import Script, jpeg
from tests.running import until

JOB = "tenants/local/jobs/j1"
KEPT = (StateChanged, TryJudged, ResultStored, PictureGivenUp)
ALL = list(range(1, 13))

Failing = Callable[[], Awaitable[None]]


@pytest.fixture
def line(port: int) -> AsyncIterator[BadLine]:
    with bad_line(port) as line:
        yield line


@pytest.fixture
async def job(likeness: AsyncLikeness, consent: Consent) -> str:
    upload = await likeness.upload(jpeg(1))
    return (await likeness.create_job(upload, "corporate", consent=consent)).name


def kept(events: list[JobEvent]) -> list[int]:
    return [event.offset for event in events if isinstance(event, KEPT)]


async def test_events_are_typed_and_end_with_the_job(likeness: AsyncLikeness, job: str) -> None:
    """Each says which picture it is about."""
    events = [event async for event in likeness.watch(job)]
    steps = [event for event in events if isinstance(event, PictureStep)]
    judged = [event for event in events if isinstance(event, TryJudged)]
    (given_up,) = (event for event in events if isinstance(event, PictureGivenUp))

    assert ALL == kept(events)
    assert isinstance(events[0], Alive)
    assert isinstance(events[-1], StateChanged)
    assert State.PARTIAL is events[-1].state
    assert ("corporate 1/2", 3, 6) == (str(steps[0].picture), steps[0].step, steps[0].steps)
    assert "0.44 match" == str(judged[1].drift)
    assert "outdoor 2/2" == str(given_up.picture)


async def test_a_watch_begins_where_one_likes(likeness: AsyncLikeness, job: str) -> None:
    """After the last offset that was seen before a restart, for example."""
    assert ALL[7:] == kept([event async for event in likeness.watch(job, offset=7)])


async def test_looks_come_where_asked_for(likeness: AsyncLikeness, job: str) -> None:
    """Whole, beside the events."""
    events = [event async for event in likeness.watch(job, previews=True)]

    assert [b"a look"] * 6 == [event.data for event in events if isinstance(event, PicturePreview)]
    assert ALL == kept(events)


@pytest.mark.parametrize(
    "error",
    [
        Unavailable(reasons.REASON_DRAINING, "about to stop"),
        LikenessError.__subclasses__()[2](reasons.REASON_CANCELLED, "cut off"),
        None,
    ],
    ids=["draining", "cancelled", "quiet end"],
)
async def test_a_stream_that_ends_early_is_taken_up_again(
    likeness: AsyncLikeness, gateway: FakeGateway, job: str, error: LikenessError | None
) -> None:
    """However it ended, wherever that was: nothing is lost or repeated."""

    async def fail() -> None:
        if error is not None:
            raise error

    gateway.watch.how = fail
    gateway.watch.after = [0, 1, 2, 5, 3, 9]
    seen = kept([event async for event in likeness.watch(job)])

    assert ALL == seen
    offsets = [request.offset for request in gateway.requests["WatchJob"]]
    assert 7 == len(offsets)
    assert sorted(offsets) == offsets
    assert [0, 0, 0] == offsets[:3]
    assert 0 < offsets[3] < offsets[6]


async def test_a_server_that_answers_each_time_is_never_given_up(
    likeness: AsyncLikeness, gateway: FakeGateway, job: str
) -> None:
    """Attempts are counted from the last sign of life: a job of hours may outlive many connections."""
    gateway.watch.after = [1] * 50

    assert ALL == kept([event async for event in likeness.watch(job)])


@pytest.mark.parametrize("after", range(19))
async def test_a_cut_line_loses_and_repeats_nothing(
    gateway: FakeGateway, line: BadLine, job: str, waits: Waits, after: int
) -> None:
    """TCP itself breaks, at each place once."""
    lines_cut = 0

    async def cut() -> None:
        nonlocal lines_cut
        lines_cut += 1
        line.break_all()
        await asyncio.Event().wait()

    gateway.watch.how, gateway.watch.after = cut, [after]
    async with AsyncLikeness(f"127.0.0.1:{line.port}", patience=Patience(sleep=asyncio.sleep)) as likeness:
        async with asyncio.timeout(20):
            seen = kept([event async for event in likeness.watch(job)])

    assert (ALL, 1) == (seen, lines_cut)


async def test_a_server_that_repeats_events_is_not_believed(
    likeness: AsyncLikeness, gateway: FakeGateway, job: str
) -> None:
    """One that starts over whatever it was asked."""
    gateway.script.messages = lambda name, after, previews: Script().messages(name, 0, previews)  # type: ignore[method-assign]
    gateway.watch.after = [9]

    assert ALL == kept([event async for event in likeness.watch(job)])


async def test_silence_is_a_broken_connection(gateway: FakeGateway, port: int, job: str, waits: Waits) -> None:
    """A server says something every 15 seconds, so that a line which is dead without a word is noticed."""
    gateway.holds_back = asyncio.Event()
    connection = Connection(Access(f"127.0.0.1:{port}"), 5, Patience(sleep=waits))
    heard: list[JobEvent] = []
    async with aclosing(Watch(connection, job, silence_s=0.2).events()) as events:
        async for event in events:
            heard.append(event)
            if len(gateway.requests["WatchJob"]) == 2:
                gateway.holds_back.set()
    await connection.close()

    assert ALL == kept(heard)
    assert 2 == len(gateway.requests["WatchJob"])


async def test_a_server_that_stays_away_is_given_up(
    likeness: AsyncLikeness, gateway: FakeGateway, job: str, waits: Waits
) -> None:
    """After two minutes of trying, more slowly each time."""
    gateway.refusals["WatchJob"] = [Unavailable(reasons.REASON_STARTING, "loading")] * 99
    with pytest.raises(Unavailable):
        await likeness.wait(job)

    assert 30 == len(gateway.requests["WatchJob"])
    assert 90 < sum(waits.seconds) < 180
    assert waits.seconds[0] < waits.seconds[3] < waits.seconds[9]


async def test_what_cannot_get_better_is_told_at_once(
    likeness: AsyncLikeness, gateway: FakeGateway, job: str, waits: Waits
) -> None:
    """A job that was forgotten while it was watched, and a failure of the server's own."""
    for error in (
        NotFound(reasons.REASON_EXPIRED, "forgotten"),
        Internal(reasons.REASON_INTERNAL, "unforeseen", incident="1f"),
    ):
        gateway.refusals["WatchJob"] = [error]
        with pytest.raises(type(error), match=error.message):
            await likeness.wait(job)

    assert [] == waits.seconds


async def test_waiting_may_have_an_end(likeness: AsyncLikeness, gateway: FakeGateway, job: str) -> None:
    """The job goes on, and no stream is left behind."""
    gateway.holds_back = asyncio.Event()
    with pytest.raises(TimeoutError):
        await likeness.wait(job, timeout_s=0.2)

    await until(lambda: gateway.watching == 0)
    gateway.holds_back.set()
    assert State.PARTIAL is (await likeness.wait(job, timeout_s=20)).state


async def test_who_stops_watching_ends_the_call(likeness: AsyncLikeness, gateway: FakeGateway, job: str) -> None:
    """No stream is left behind."""
    gateway.holds_back = asyncio.Event()
    async with aclosing(likeness.watch(job)) as events:
        async for _ in events:
            break

    await until(lambda: gateway.watching == 0)
