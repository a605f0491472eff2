"""Results on their way here: every byte checked, broken ranges fetched again, files whole or not there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from likeness_client import AsyncLikeness, Consent, Job, Kind, Result, downloading
from likeness_client.access import Access
from likeness_client.connection import Connection
from likeness_client.errors import NotFound, Unavailable
from likeness_wire.chunks import PIECE_BYTES
from likeness_wire.resend import Patience
from tests.gateway.proxies import bad_line
from tests.likeness_client.conftest import Waits
from tests.likeness_client.fake_gateway import FakeGateway
from tests.likeness_client.script import jpeg

RANGE = 2 * PIECE_BYTES
SIZE = 3 * RANGE + 1000


@pytest.fixture
def gateway(gateway: FakeGateway) -> FakeGateway:
    gateway.script.picture_bytes = SIZE
    return gateway


@pytest.fixture
async def job(likeness: AsyncLikeness, consent: Consent) -> Job:
    upload = await likeness.upload(jpeg(1))
    return await likeness.create_job(upload, "corporate", consent=consent)


@pytest.fixture
async def connection(port: int, waits: Waits) -> AsyncIterator[Connection]:
    connection = Connection(Access(f"127.0.0.1:{port}"), 10, Patience(sleep=waits))
    yield connection
    await connection.close()


async def fetched(connection: Connection, name: str) -> bytes:
    return b"".join([piece async for piece in downloading.ranges(connection, name, RANGE)])


def asked(gateway: FakeGateway) -> list[int]:
    return [request.offset for request in gateway.requests["DownloadResult"]]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_large_picture_comes_in_ranges(connection: Connection, gateway: FakeGateway, job: Job) -> None:
    """None larger than what is held in memory."""
    name = job.results[0].name

    assert gateway.script.pictures[name] == await fetched(connection, name)
    assert [0, RANGE, 2 * RANGE, 3 * RANGE] == asked(gateway)


@pytest.mark.parametrize("after", [0, 1, 2, 3])
@pytest.mark.parametrize("how", ["draining", "quietly"])
async def test_only_the_range_that_broke_is_fetched_again(
    connection: Connection, gateway: FakeGateway, job: Job, after: int, how: str
) -> None:
    """Wherever it broke, and whether or not with a word."""

    async def drain() -> None:
        if how == "draining":
            raise Unavailable(reasons.REASON_DRAINING, "about to stop")

    gateway.download.how, gateway.download.after = drain, [99]
    name, pieces = job.results[0].name, []
    async for piece in downloading.ranges(connection, name, RANGE):
        pieces.append(piece)
        if len(pieces) == 2:
            gateway.download.after = [after]

    assert gateway.script.pictures[name] == b"".join(pieces)
    assert [0, RANGE, 2 * RANGE, 2 * RANGE, 3 * RANGE] == asked(gateway)


async def test_a_cut_line_is_no_broken_picture(gateway: FakeGateway, port: int, job: Job, tmp_path: Path) -> None:
    """TCP itself breaks in the midst of a range, twice."""
    with bad_line(port) as line:

        async def cut() -> None:
            line.break_all()
            await asyncio.Event().wait()

        gateway.download.how, gateway.download.after = cut, [2, 1]
        async with AsyncLikeness(f"127.0.0.1:{line.port}") as likeness, asyncio.timeout(20):
            path = await likeness.download(job.results[1], tmp_path)

    assert gateway.script.pictures[job.results[1].name] == path.read_bytes()
    assert 3 == len(asked(gateway))


async def test_bytes_that_are_not_right_are_fetched_again(
    connection: Connection, gateway: FakeGateway, job: Job
) -> None:
    """The digest of each range says so; what is wrong again and again is given up."""
    gateway.spoilt = {1, 2}
    name = job.results[0].name

    assert gateway.script.pictures[name] == await fetched(connection, name)
    assert [0, RANGE, RANGE, RANGE, 2 * RANGE, 3 * RANGE] == asked(gateway)

    gateway.spoilt = set(range(99))
    with pytest.raises(Unavailable, match="not the ones that were sent"):
        await fetched(connection, name)


async def test_a_file_is_whole_or_as_it_was(
    likeness: AsyncLikeness, gateway: FakeGateway, job: Job, tmp_path: Path
) -> None:
    """What was there before stays when the rest never comes, and nothing is left beside it."""
    target = tmp_path / "mine.jpg"
    target.write_bytes(b"before")
    gateway.refusals["DownloadResult"] = [NotFound(reasons.REASON_EXPIRED, "forgotten")]
    with pytest.raises(NotFound):
        await likeness.download(job.results[0], target)

    assert ["mine.jpg"] == names(tmp_path)
    assert b"before" == target.read_bytes()

    before = target.stat().st_ino
    assert target == await likeness.download(job.results[0], target)
    assert before != target.stat().st_ino  # another file took its name, in one step
    assert gateway.script.pictures[job.results[0].name] == target.read_bytes()
    assert ["mine.jpg"] == names(tmp_path)


async def test_a_folder_is_made_and_a_file_is_named(likeness: AsyncLikeness, job: Job, tmp_path: Path) -> None:
    """What looks like a picture's name is one, everything else a folder."""
    first, second, _ = job.results

    assert tmp_path / "new" / "v1.2" / "01-corporate.jpg" == await likeness.download(first, tmp_path / "new" / "v1.2")
    assert tmp_path / "new" / "v1.2" / "02-corporate.jpg" == await likeness.download(second, tmp_path / "new" / "v1.2")
    assert tmp_path / "portrait.JPEG" == await likeness.download(first, str(tmp_path / "portrait.JPEG"))


async def test_a_picture_can_stay_in_memory(likeness: AsyncLikeness, gateway: FakeGateway, job: Job) -> None:
    """As its file would be."""
    assert gateway.script.pictures[job.results[2].name] == await likeness.picture(job.results[2])


async def test_no_server_chooses_where_files_go(likeness: AsyncLikeness, gateway: FakeGateway, job: Job) -> None:
    """A name of theirs does not lead out of the folder."""
    result = job.results[0]
    evil = Result(**{name: getattr(result, name) for name in result.__slots__} | {"style": "../../etc/cron.d/x"})  # type: ignore[arg-type]

    assert "01--etc-cron-d-x.jpg" == evil.file_name
    assert ".webp" == Kind.WEBP.suffix
