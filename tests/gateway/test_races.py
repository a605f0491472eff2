"""Two processes on one store, one key store and one database do the same things at the same time: on files, and on
SeaweedFS with Postgres. Each thing happens once, and both are told the truth about it.
"""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.keys.store import KeyStore
from gateway.retention.chains import Receipts
from gateway.retention.database import Database, connect
from gateway.retention.settings import RetentionSettings
from gateway.retention.stores import open_keys, open_store
from gateway.storage.store import Store
from likeness_client.receipts import missing, read_keys, verify
from tests.gateway.house import SIGNER, TENANT
from tests.gateway.servers import Postgres, Seaweed
from tests.running import ROOT, until

COUNT = 12


@dataclass
class Racer:
    """One of the two."""

    process: Process

    async def answer(self) -> Any:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        assert line, "it has ended"
        return json.loads(line)

    def tell(self, calls: list[list[Any]]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((json.dumps(calls) + "\n").encode())


@dataclass
class Race:
    """Both, and what they share."""

    racers: tuple[Racer, Racer]
    store: Store
    keys: KeyStore
    database: Database

    async def both(self, first: list[list[Any]], second: list[list[Any]] | None = None) -> tuple[list[Any], list[Any]]:
        """The same for both unless said otherwise; their answers."""
        for racer, calls in zip(self.racers, (first, second or first), strict=True):
            racer.tell(calls)
        one, other = await asyncio.gather(*(racer.answer() for racer in self.racers))
        return one, other

    async def one(self, calls: list[list[Any]]) -> list[Any]:
        self.racers[0].tell(calls)
        return list(await self.racers[0].answer())

    async def jobs(self) -> list[str]:
        uploads = await self.one([["receive"]] * COUNT)
        return await self.one([["adopt", upload] for upload in uploads])

    def names(self) -> list[str]:
        return [found.name for found in self.store.list()]


@pytest.fixture(params=["files", "servers"])
def environment(request: pytest.FixtureRequest, quick_path: Path) -> dict[str, str]:
    """Everything in a folder, or on real servers."""
    variables = {"LIKENESS_DATA_DIR": str(quick_path), "LIKENESS_SWEEP_EVERY_S": "0.05"}
    if request.param == "servers":
        seaweed, server = (request.getfixturevalue(name) for name in ("seaweed", "database_server"))
        variables |= on_servers(seaweed, server, quick_path)
    return variables


@pytest.fixture
async def race(environment: dict[str, str]) -> AsyncIterator[Race]:
    async with contextlib.AsyncExitStack() as stack:
        racers = await asyncio.gather(*(start(stack, environment) for _ in range(2)))
        assert [await racer.answer() for racer in racers] == ["ready", "ready"]
        yield Race((racers[0], racers[1]), *stack.enter_context(shared(environment)))


@contextlib.contextmanager
def shared(environment: dict[str, str]) -> Iterator[tuple[Store, KeyStore, Database]]:
    """What the processes work on, to look at from here."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        settings = RetentionSettings()
    store, keys = open_store(settings), open_keys(settings)
    database = Database(connect(settings.job_database_url()))
    yield store, keys, database
    store.close()
    keys.close()
    database.engine.dispose()


def on_servers(seaweed: Seaweed, server: Postgres, folder: Path) -> dict[str, str]:
    bucket = f"test-{secrets.token_hex(6)}"
    seaweed.client().make_bucket(bucket)
    master, receipts = folder / "master", folder / "receipts.pem"
    master.write_text(base64.b64encode(os.urandom(32)).decode())
    key = Ed25519PrivateKey.generate()
    receipts.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {
        "LIKENESS_STORE": "s3",
        "LIKENESS_S3_ENDPOINT": seaweed.endpoint,
        "LIKENESS_S3_BUCKET": bucket,
        "LIKENESS_S3_ACCESS_KEY": seaweed.access_key,
        "LIKENESS_S3_SECRET_KEY": seaweed.secret_key,
        "LIKENESS_DATABASE_URL": server.new_database(),
        "LIKENESS_KEY_STORE": "postgres",
        "LIKENESS_KEY_DATABASE_URL": server.new_database(),
        "LIKENESS_MASTER_KEY_FILE": str(master),
        "LIKENESS_RECEIPT_KEY_FILE": str(receipts),
    }


async def start(stack: contextlib.AsyncExitStack, environment: dict[str, str]) -> Racer:
    command = [sys.executable, "-m", "tests.gateway.racer"]
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT}/protos", "PATH": os.environ["PATH"]}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=PIPE, stdout=PIPE, env=environment | paths, limit=2**24
    )
    stack.push_async_callback(stop, process)
    return Racer(process)


async def stop(process: Process) -> None:
    if process.returncode is None:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def test_everything_that_two_do_at_once_happens_once(race: Race) -> None:
    """From the first photo to the last receipt."""
    await adopting(race)
    await filling_a_place(race)
    await ending_deadlines(race)
    await deleting(race)
    await deleting_while_the_other_writes(race)
    await deleting_while_the_other_adopts(race)
    await expiring(race)
    await receipts_form_one_chain(race)
    assert race.names() == []
    assert race.keys.count() == 0


async def adopting(race: Race) -> None:
    """One of them gets the upload, the other is told; no key is left of the other's attempt."""
    first, second = await race.both([["receive"]] * COUNT)
    uploads = first + second
    assert len(set(uploads)) == 2 * COUNT
    for one, other in zip(*await race.both([["adopt", upload] for upload in uploads]), strict=True):
        assert "UPLOAD_ADOPTED" in (one, other)
        assert one != other
    assert race.keys.count() == 4 * COUNT


async def filling_a_place(race: Race) -> None:
    """One of them stores, and that is what is read."""
    (job, *_) = await race.jobs()
    calls = [[["put", job, index, who] for index in range(COUNT)] for who in ("one", "other")]
    stored = await race.both(*calls)
    read = await race.one([["read", job, index] for index in range(COUNT)])
    for one, other, content in zip(*stored, read, strict=True):
        assert sorted((one, other)) == [False, True]
        assert content == ("one" if one else "other")
    assert sum(name.startswith(job) for name in race.names()) == COUNT


async def ending_deadlines(race: Race) -> None:
    """Both shorten, the earlier time stays; both finish, it is finished."""
    jobs = await race.jobs()
    one, other = await race.both(
        [["shorten", job, 50_000_000] for job in jobs], [["shorten", job, 40_000_000] for job in jobs]
    )
    final = await race.one([["shorten", job, 80_000_000] for job in jobs])
    assert all(last == min(times) for last, *times in zip(final, one, other, strict=True))
    assert await race.both([["finish", job] for job in jobs]) == (["finished"] * COUNT, ["finished"] * COUNT)


async def deleting(race: Race) -> None:
    """Both get the same receipt, to the byte."""
    jobs = await race.jobs()
    one, other = await race.both([["erase", job] for job in jobs])

    assert one == other
    assert len(set(one)) == COUNT
    assert not {name.split("/")[0] for name in race.names()} & set(jobs)


async def deleting_while_the_other_writes(race: Race) -> None:
    """What was written before is gone, what comes after is refused; nothing lies there afterwards."""
    jobs = await race.jobs()
    writing = [["put", job, index, "late"] for job in jobs for index in range(3)]
    written, erased = await race.both(writing, [["erase", job] for job in jobs])

    assert set(written) <= {True, "EXPIRED"}
    assert all(len(receipt) > 100 for receipt in erased)
    assert not {name.split("/")[0] for name in race.names()} & set(jobs)


async def deleting_while_the_other_adopts(race: Race) -> None:
    """Either there is a job and it is gone with its upload, or there never was one."""
    uploads = await race.one([["receive"]] * COUNT)
    adopted, erased = await race.both(
        [["adopt", upload] for upload in reversed(uploads)], [["erase", upload] for upload in uploads]
    )
    ended = {*uploads, *adopted}
    assert all(len(receipt) > 100 for receipt in erased)
    assert not ended & {entry.holding for entry in race.keys.entries()}


async def expiring(race: Race) -> None:
    """Both sweep all the time; everything that is left of this test expires under them."""
    await race.both([["receive"]] * COUNT)
    with race.database.reading() as tx:
        ids = tx.exec_driver_sql("SELECT id FROM holdings WHERE ended_time IS NULL").scalars().all()
    await race.both([["shorten", holding, 0] for holding in ids])
    await until(lambda: race.keys.count() == 0 and race.names() == [], timeout_s=30)


async def receipts_form_one_chain(race: Race) -> None:
    """One for every job, and for every upload that had none."""

    ended = number(race, "SELECT count(*) FROM holdings WHERE job IS NULL")
    await until(lambda: number(race, "SELECT count(*) FROM receipts") == ended, timeout_s=30)

    listed = Receipts(race.database, SIGNER).after(TENANT, 0, 10_000)
    (key,) = Receipts(race.database, SIGNER).keys()
    verdicts = verify([signed.message() for signed in listed], read_keys(key.public_key.hex()))
    assert len(verdicts) == ended
    assert all(verdict.holds for verdict in verdicts)
    assert missing(verdicts) == []


def number(race: Race, query: str) -> int:
    with race.database.reading() as tx:
        return int(tx.exec_driver_sql(query).scalar_one())


async def test_a_call_in_the_other_process_holds_the_receipt_until_it_has_ended(race: Race) -> None:
    """It is found, cancelled, and then there is proof."""
    (job, *_) = await race.jobs()
    worker, eraser = race.racers
    worker.tell([["work", job]])
    await until(lambda: number(race, "SELECT count(*) FROM calls") > 0)
    eraser.tell([["erase", job]])

    assert await worker.answer() == ["EXPIRED"]
    (receipt,) = await eraser.answer()
    assert len(receipt) > 100
