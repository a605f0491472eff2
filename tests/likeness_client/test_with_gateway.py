"""The client and the real gateway, over a real vault and job engine; only the four services are stand-ins."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from likeness_client import (
    AsyncLikeness,
    Consent,
    Order,
    Outcome,
    PictureGivenUp,
    PicturePreview,
    PictureStep,
    ResultStored,
    State,
    StateChanged,
    Tier,
    TryJudged,
    Wishes,
)
from likeness_client.errors import BadRequest, NotFound, Unauthenticated, WrongState
from tests.gateway.api.front import Front, open_front, photo
from tests.gateway.proxies import bad_line
from tests.stand_ins import StandIns, standing
from tests.stand_ins.drifts import by_try

KEPT = (StateChanged, TryJudged, ResultStored, PictureGivenUp)
SEED = 1000
# Syncing files costs nothing there.
MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None


@pytest.fixture
async def services() -> AsyncIterator[StandIns]:
    async with standing() as services:
        # Of two pictures the first is kept in its second try, the other one never.
        never = {(1, attempt): 0.5 for attempt in (1, 2)}
        services.verifier.drift = by_try(SEED, {(0, 1): 0.5, (0, 2): 0.1, **never})
        yield services


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that has its tables: making them takes longer than most tests."""
    folder = tmp_path_factory.mktemp("tables")

    async def make() -> None:
        async with standing() as services, open_front(folder, services):
            pass

    asyncio.run(make())
    return folder / "jobs.sqlite"


@pytest.fixture
async def front(tables: Path, services: StandIns) -> AsyncIterator[Front]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        shutil.copy(tables, folder)
        async with open_front(Path(folder), services) as front:
            yield front


@pytest.fixture
async def likeness(front: Front) -> AsyncIterator[AsyncLikeness]:
    address = f"127.0.0.1:{front.shell.grpc_port}"
    async with AsyncLikeness(address, key=front.caller().key) as likeness:
        yield likeness


ORDER = [Order("plain", 2, seed=SEED)]
WISHES = Wishes(max_tries=2, accept_tier=Tier.STRONG)


async def test_the_whole_journey(likeness: AsyncLikeness, front: Front, consent: Consent, tmp_path: Path) -> None:
    """From photos to a receipt that holds, with every drift, try and byte between."""
    upload = await likeness.upload([photo(0), photo(1)])
    inspection = await likeness.inspect(upload)
    events = []
    job = await likeness.create_job(upload, ORDER, consent=consent, wishes=WISHES)
    async for event in likeness.watch(job, previews=True):
        events.append(event)
    job = await likeness.job(job)
    tries = await likeness.tries(job)
    path = await likeness.download(job.results[0], tmp_path)
    server = await likeness.server()
    receipt = await likeness.delete(job)

    assert inspection.usable
    assert State.PARTIAL is job.state
    assert job.problem is not None
    assert "DRIFTED" == job.problem.reason
    assert [1, 2, 1, 2] == [each.attempt for each in sorted(tries, key=lambda each: each.picture)]
    assert 1 == sum(each.outcome is Outcome.KEPT for each in tries)
    assert path.stat().st_size == job.results[0].size_bytes
    assert path.read_bytes().startswith(b"\xff\xd8\xff")
    assert {"embedder", "generator", "upscaler", "verifier"} == {each.service for each in server.services}
    assert {StateChanged, TryJudged, ResultStored, PictureGivenUp, PictureStep} <= {type(event) for event in events}
    assert all(event.data for event in events if isinstance(event, PicturePreview))
    assert (job.name, False) == (receipt.subject, receipt.late)
    assert {"photo", "result", "try"} <= {pile.kind for pile in receipt.objects}
    assert [receipt.name] == [each.name for each in await likeness.receipts()]
    with pytest.raises(NotFound) as caught:
        await likeness.job(job)
    assert "EXPIRED" == caught.value.reason_name


async def test_thumbnails_of_kept_and_rejected(likeness: AsyncLikeness, consent: Consent) -> None:
    """Both are small JPEGs."""
    job = await likeness.create_job(await likeness.upload(photo()), ORDER, consent=consent, wishes=WISHES)
    job = await likeness.wait(job)
    rejected = next(each for each in await likeness.tries(job) if each.has_thumbnail and each.result is None)

    for each in (job.results[0], rejected):
        assert (await likeness.thumbnail(each)).startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("seed", range(3))
async def test_a_line_that_breaks_all_the_time_loses_no_event(
    likeness: AsyncLikeness, front: Front, consent: Consent, seed: int
) -> None:
    """Compared with what is replayed afterwards over a good one."""
    rolls = random.Random(seed)
    job = await likeness.create_job(await likeness.upload(photo()), ORDER, consent=consent, wishes=WISHES)
    seen = []
    with bad_line(front.shell.grpc_port) as line:
        async with AsyncLikeness(f"127.0.0.1:{line.port}", key=front.caller().key) as shaky, asyncio.timeout(30):
            async for event in shaky.watch(job, previews=True):
                seen.append(event)
                if rolls.random() < 0.3:
                    line.break_all()
    replayed = [event async for event in likeness.watch(job)]

    kept = [event for event in seen if isinstance(event, KEPT)]
    assert [event for event in replayed if isinstance(event, KEPT)] == kept
    assert list(range(1, len(kept) + 1)) == [event.offset for event in kept]


async def test_a_request_sent_twice_makes_one_job(likeness: AsyncLikeness, consent: Consent) -> None:
    """By its id; without one, the upload is found to belong to a job."""
    upload, mine = await likeness.upload(photo()), "01234567-89ab-4def-8123-456789abcdef"
    first = await likeness.create_job(upload, "plain", consent=consent, request_id=mine)

    assert first.name == (await likeness.create_job(upload, "plain", consent=consent, request_id=mine)).name
    with pytest.raises(WrongState):
        await likeness.create_job(upload, "plain", consent=consent)
    assert [first.name] == [job.name async for job in likeness.jobs()]


async def test_checking_meets_the_same_refusals(likeness: AsyncLikeness, consent: Consent) -> None:
    """And fills in what was left open."""
    upload = await likeness.upload(photo())
    job = await likeness.check_job(upload, [Order("plain", 2)], consent=consent)

    assert job.spec is not None
    assert (Tier.STRONG, 4) == (job.spec.accept_tier, job.spec.max_tries)
    with pytest.raises(BadRequest) as caught:
        await likeness.check_job(upload, "no-such-style", consent=consent)
    assert "UNKNOWN_NAME" == caught.value.reason_name


async def test_seeds_are_tried_small(likeness: AsyncLikeness, consent: Consent) -> None:
    """The nearest first, each with a look."""
    upload = await likeness.upload(photo())
    seeds = await likeness.find_seed(upload, Order("plain", seed=SEED), consent=consent, candidates=3, previews=True)

    assert {SEED, SEED + 1, SEED + 2} == {each.seed for each in seeds}
    assert [each.drift.value for each in seeds if each.drift] == sorted(
        each.drift.value for each in seeds if each.drift
    )
    assert all(each.preview for each in seeds)


async def test_nobody_comes_in_without_a_key(front: Front) -> None:
    """And another tenant's job does not exist."""
    async with AsyncLikeness(f"127.0.0.1:{front.shell.grpc_port}") as nobody:
        with pytest.raises(Unauthenticated):
            await nobody.upload(photo())
