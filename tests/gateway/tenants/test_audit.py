"""The audit log: who did what to what, and how it ended; never what was in it."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import grpc.aio
import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1 import gateway_pb2 as pb
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.database import Clock, Database, connect
from gateway.tenants.audit import Audit
from gateway.tenants.caller import Caller, Visit, concerns
from gateway.tenants.keys import ApiKeys, NewKey
from likeness_wire.errors import NotFound, Unavailable
from services.common.logs import JsonLines
from tests.gateway.house import HandClock
from tests.gateway.tenants.entry import Entry, open_entry

JOB = "0123456789abcdef0123456789abcdef"
DAY_MS = 86_400_000
ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


class SometimesAway(Database):
    """A database that takes no transaction while told to."""

    away = False

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        self.asked, self.answer = threading.Event(), threading.Event()
        self.answer.set()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        self.asked.set()
        self.answer.wait()
        if self.away:
            raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "away")
        with super().transaction() as tx:
            yield tx


@pytest.fixture
def database(url: str, clock: HandClock) -> Iterator[SometimesAway]:
    database = SometimesAway(connect(url), clock)
    yield database
    database.engine.dispose()


@pytest.fixture
def acme(database: Database) -> NewKey:
    return ApiKeys(database).create("acme")


@pytest.fixture
async def entry(database: Database, threads: Threads, metrics: GatewayMetrics) -> AsyncIterator[Entry]:
    async with open_entry(database, threads, metrics, calls_per_minute=6, calls_burst=6) as entry:
        yield entry


@pytest.fixture
def audit(database: Database, threads: Threads, metrics: GatewayMetrics, clock: HandClock) -> Audit:
    return Audit(database, threads, metrics, clock.monotonic)


def rows(database: Database) -> list[dict[str, Any]]:
    with database.reading() as tx:
        return [dict(row) for row in tx.execute(text("SELECT * FROM audit ORDER BY number")).mappings()]


async def test_an_entry_says_who_what_and_how_it_ended(
    entry: Entry, database: Database, acme: NewKey, clock: HandClock
) -> None:
    """By the database's clock."""
    await entry.call("DeleteJob", acme.key, pb.DeleteJobRequest(name=f"tenants/acme/jobs/{JOB}"))

    (row,) = rows(database)
    assert clock.ms - 10_000 < row["time"] <= clock.ms
    assert row == {
        "number": row["number"],
        "time": row["time"],
        "tenant": "acme",
        "credential": f"key:{acme.id}",
        "rpc": "DeleteJob",
        "resource": f"jobs/{JOB}",
        "code": "OK",
        "reason": "",
    }


async def test_a_resource_that_was_made_is_named_by_who_made_it(entry: Entry, database: Database, acme: NewKey) -> None:
    """No request could."""

    async def make(rpc: str) -> None:
        concerns(f"tenants/acme/jobs/{JOB}/results/3")

    entry.behind.act = make
    await entry.call("CreateJob", acme.key)

    assert [f"jobs/{JOB}/results/3"] == [row["resource"] for row in rows(database)]


async def test_what_was_refused_or_failed_is_entered_as_that(entry: Entry, database: Database, acme: NewKey) -> None:
    """With code and reason; looking too, since somebody may be guessing names."""
    failures: dict[str, Exception] = {
        "GetJob": NotFound(reasons.REASON_NOT_FOUND, "no"),
        "WatchJob": Unavailable(reasons.REASON_PEER_UNAVAILABLE, "no"),
        "CancelJob": ZeroDivisionError("secret"),
    }

    async def fail(rpc: str) -> None:
        raise failures[rpc]

    entry.behind.act = fail
    for rpc in failures:
        with pytest.raises(grpc.aio.AioRpcError):
            await entry.call(rpc, acme.key)

    assert [
        ("GetJob", "NOT_FOUND", "NOT_FOUND"),
        ("WatchJob", "UNAVAILABLE", "PEER_UNAVAILABLE"),
        ("CancelJob", "INTERNAL", "INTERNAL"),
    ] == [(row["rpc"], row["code"], row["reason"]) for row in rows(database)]


async def test_looking_leaves_a_line_and_no_entry(
    entry: Entry, database: Database, acme: NewKey, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does calling too often, which would fill the table; both are in the process's log."""
    with caplog.at_level(logging.INFO, "gateway.tenants.audit"):
        for _ in range(6):
            await entry.call("GetJob", acme.key, pb.GetJobRequest(name=f"tenants/acme/jobs/{JOB}"))
        with pytest.raises(grpc.aio.AioRpcError):
            await entry.call("DeleteJob", acme.key)

    lines = [json.loads(JsonLines().format(record)) for record in caplog.records if record.message == "audit"]
    assert [] == rows(database)
    assert ["GetJob"] * 6 + ["DeleteJob"] == [line["rpc"] for line in lines]
    assert ("acme", f"key:{acme.id}", f"jobs:{JOB}", "OK") == tuple(
        lines[0][name] for name in ("tenant", "credential", "resource", "code")
    )
    assert "RATE_LIMITED" == lines[-1]["reason"]


@ON_SQLITE
@pytest.mark.parametrize(
    "name",
    [
        "Ada Lovelace",
        "tenants/acme/jobs/ada-lovelace",
        f"tenants/acme/jobs/{JOB}/results/ada",
        f"tenants/acme/jobs/{JOB}\n",
        f"/tenants/acme/jobs/{JOB}",
        f"tenants/acme/people/{JOB}",
        "x" * 10_000,
    ],
)
async def test_nothing_that_a_caller_made_up_is_kept(
    entry: Entry, database: Database, acme: NewKey, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A name that is not of our making may be anybody's."""
    with caplog.at_level(logging.DEBUG):
        await entry.call("DeleteJob", acme.key, pb.DeleteJobRequest(name=name))

    assert [""] == [row["resource"] for row in rows(database)]
    assert not any(word in caplog.text for word in ("Ada", "ada", "xxx"))


@ON_SQLITE
async def test_no_credential_is_ever_written_down(
    entry: Entry, database: Database, acme: NewKey, caplog: pytest.LogCaptureFixture
) -> None:
    """Good or bad: not in the table, not in the log."""
    bad = "likeness_000000000000_" + "5" * 64
    with caplog.at_level(logging.DEBUG):
        await entry.call("DeleteJob", acme.key)
        with pytest.raises(grpc.aio.AioRpcError):
            await entry.call("DeleteJob", bad)
    written = caplog.text + repr(rows(database)) + "".join(JsonLines().format(record) for record in caplog.records)

    assert acme.id in written
    assert acme.key.rpartition("_")[2] not in written
    assert "5" * 64 not in written


async def test_an_unary_call_is_entered_before_it_is_answered(entry: Entry, database: Database, acme: NewKey) -> None:
    """Whoever has the answer can rely on the entry."""
    for number in range(1, 4):
        await entry.call("CancelJob", acme.key)
        assert number == len(rows(database))


async def test_the_log_only_grows(audit: Audit, database: Database) -> None:
    """No entry is changed, none that is young is deleted, by whatever statement."""
    await visited(audit, "DeleteJob")
    statements = ["UPDATE audit SET tenant = 'other'", "DELETE FROM audit", "DELETE FROM audit WHERE tenant = 'acme'"]
    if database.engine.dialect.name == "postgresql":
        statements.append("TRUNCATE audit")
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as tx:
            tx.execute(text(statement))

    assert ["acme"] == [row["tenant"] for row in rows(database)]


async def test_what_is_old_is_let_go(audit: Audit, database: Database, clock: HandClock) -> None:
    """As the settings say, and no younger than the table allows."""
    now = clock.ms
    for clock.ms in (now - 1500 * DAY_MS, now - 900 * DAY_MS, now):
        await visited(audit, "DeleteJob")
    audit.forget_before(1000)

    assert [now - 900 * DAY_MS, now] == [row["time"] for row in rows(database)]


async def test_a_database_that_is_away_delays_entries(
    audit: Audit, database: SometimesAway, clock: HandClock, metrics: GatewayMetrics
) -> None:
    """Calls are answered; entries keep their order and their time."""
    await visited(audit, "CreateJob")
    database.away = True
    before = clock.ms
    await visited(audit, "CancelJob")
    clock.pass_s(30)
    await visited(audit, "DeleteJob")
    database.away = False
    await audit.flush()

    assert [("CreateJob", before), ("CancelJob", before), ("DeleteJob", before + 30_000)] == [
        (row["rpc"], row["time"]) for row in rows(database)
    ]
    assert 3 == metrics.registry.get_sample_value("likeness_audit_failures_total")


@ON_SQLITE
async def test_a_caller_that_goes_away_takes_no_entry_with_it(audit: Audit, database: SometimesAway) -> None:
    """Not even where the database goes at the same moment."""
    database.asked.clear()
    database.answer.clear()
    database.away = True
    call = asyncio.ensure_future(visited(audit, "DeleteJob"))
    await asyncio.to_thread(database.asked.wait)
    call.cancel()
    await asyncio.sleep(0)
    database.answer.set()
    await asyncio.wait([call])
    await audit.flush()
    database.away = False
    await audit.flush()

    assert call.cancelled()
    assert ["DeleteJob"] == [row["rpc"] for row in rows(database)]


@ON_SQLITE
async def test_what_waits_too_long_is_counted_as_lost(
    database: SometimesAway, threads: Threads, metrics: GatewayMetrics
) -> None:
    """The oldest go; they are in the process's log."""
    audit = Audit(database, threads, metrics, places=2)
    database.away = True
    for rpc in ("CreateJob", "CancelJob", "DeleteJob"):
        await visited(audit, rpc)
    database.away = False
    await audit.flush()

    assert ["CancelJob", "DeleteJob"] == [row["rpc"] for row in rows(database)]
    assert 1 == metrics.registry.get_sample_value("likeness_audit_lost_total")


async def visited(audit: Audit, rpc: str) -> None:
    async with audit.watching(Visit(Caller("acme", "key:1"), rpc)):
        pass
