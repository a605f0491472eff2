"""The public port: nobody gets past the door unknown, and everybody who does is known to what lies behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status
from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1 import gateway_pb2 as pb
from sqlalchemy import event

from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.database import Database
from gateway.tenants.agreements import Agreement, Agreements
from gateway.tenants.caller import LOCAL, Caller, Visit, caller, visiting
from gateway.tenants.keys import ApiKeys, NewKey
from gateway.tenants.settings import TenantSettings
from likeness_wire.errors import Exhausted, Unauthenticated
from likeness_wire.status import from_rpc_error
from services.common.settings import load
from services.common.startup import StartupError
from tests.gateway.tenants.entry import RPCS, SERVICE, Entry, open_entry
from tests.gateway.tenants.issuer import AUDIENCE, ISSUER, Issuer

# What has nothing to do with the sort of database.
ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


@pytest.fixture
def keys(database: Database) -> ApiKeys:
    return ApiKeys(database)


@pytest.fixture
def acme(keys: ApiKeys) -> NewKey:
    return keys.create("acme")


@pytest.fixture
async def entry(database: Database, threads: Threads, metrics: GatewayMetrics) -> AsyncIterator[Entry]:
    async with open_entry(database, threads, metrics) as entry:
        yield entry


@pytest.fixture
async def local(database: Database, threads: Threads, metrics: GatewayMetrics) -> AsyncIterator[Entry]:
    async with open_entry(database, threads, metrics, auth="local") as entry:
        yield entry


async def refusal(entry: Entry, rpc: str = "GetJob", key: str | None = None, **headers: str) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await entry.call(rpc, key, **headers)
    return caught.value


@ON_SQLITE
async def test_no_rpc_answers_to_nobody(entry: Entry) -> None:
    """Of the whole contract, whatever streams; the servicer never hears of it."""
    stranger = "likeness_" + "0" * 12 + "_" + "0" * 64
    for rpc in RPCS:
        for key in (None, stranger):
            assert type(from_rpc_error(await refusal(entry, rpc, key))) is Unauthenticated, rpc

    assert [] == entry.behind.seen


@ON_SQLITE
async def test_every_rpc_knows_its_caller(entry: Entry, acme: NewKey) -> None:
    """By tenant and key, in streams of both directions too."""
    for rpc in RPCS:
        await entry.call(rpc, acme.key)

    assert [(rpc, Caller("acme", f"key:{acme.id}")) for rpc in RPCS] == entry.behind.seen


async def test_all_that_is_wrong_looks_the_same(entry: Entry, keys: ApiKeys, acme: NewKey) -> None:
    """Revoked, unknown, malformed, missing, twice, of another scheme: not one byte tells them apart."""
    revoked = keys.create("acme")
    keys.revoke(revoked.id)
    wrong = acme.key[:-1] + ("0" if acme.key[-1] != "0" else "1")
    shown = [
        None,
        "",
        f"Bearer {revoked.key}",
        f"Bearer {wrong}",
        "Bearer likeness_000000000000_" + "0" * 64,
        "Bearer x",
        "Bearer a.b.c",
        f"Basic {acme.key}",
        acme.key,
    ]
    said = set()
    for value in shown:
        failure = await refusal(entry, **({} if value is None else {"authorization": value}))
        status = rpc_status.from_call(failure)  # type: ignore[arg-type]
        said.add(status.SerializeToString(deterministic=True))
        assert from_rpc_error(failure).reason == reasons.REASON_UNAUTHENTICATED
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await entry.stub.GetJob(pb.GetJobRequest(), metadata=(("authorization", f"Bearer {acme.key}"),) * 2)
    said.add(rpc_status.from_call(caught.value).SerializeToString(deterministic=True))  # type: ignore[arg-type]

    assert 1 == len(said)


@ON_SQLITE
async def test_refusals_are_counted_by_what_was_shown(entry: Entry) -> None:
    """So that a wave of guesses is seen, without a line that names anybody."""
    for headers in ({}, {"authorization": "Basic x"}, {"authorization": "Bearer likeness_x"}):
        await refusal(entry, **headers)
    await refusal(entry, key="a.b.c")

    counted = {
        shown: entry.metrics.registry.get_sample_value("likeness_credentials_refused_total", {"credential": shown})
        for shown in ("none", "malformed", "key", "token")
    }
    assert dict.fromkeys(counted, 1.0) == counted


async def test_a_key_revoked_meanwhile_opens_no_further_call(entry: Entry, keys: ApiKeys, acme: NewKey) -> None:
    """A call that is open goes on; the next one is refused."""
    arrived, go = asyncio.Event(), asyncio.Event()

    async def wait(rpc: str) -> None:
        arrived.set()
        await go.wait()

    entry.behind.act = wait
    open_call = asyncio.ensure_future(entry.call("WatchJob", acme.key))
    await arrived.wait()
    keys.revoke(acme.id)
    failure = await refusal(entry, key=acme.key)
    go.set()
    await open_call

    assert type(from_rpc_error(failure)) is Unauthenticated
    assert ["WatchJob"] == [rpc for rpc, _ in entry.behind.seen]


async def test_callers_at_the_same_time_stay_themselves(entry: Entry, keys: ApiKeys) -> None:
    """Also while one waits for the other in mid-call."""
    made = [keys.create(f"tenant-{number}") for number in range(8)]
    all_in = asyncio.Barrier(len(made))
    told: list[tuple[str, str]] = []

    async def meet(rpc: str) -> None:
        before = caller().tenant
        await all_in.wait()
        told.append((before, caller().tenant))

    entry.behind.act = meet
    await asyncio.gather(*(entry.call(rpc, key.key) for rpc, key in zip(["GetJob", "WatchJob"] * 4, made, strict=True)))

    assert sorted((key.tenant, key.tenant) for key in made) == sorted(told)


@ON_SQLITE
async def test_health_and_reflection_ask_nobody(entry: Entry) -> None:
    """Probes carry no keys, and the contract is no secret."""
    health = health_pb2_grpc.HealthStub(entry.channel)
    answer = await health.Check(health_pb2.HealthCheckRequest(service=SERVICE.full_name))
    reflect = reflection_pb2_grpc.ServerReflectionStub(entry.channel)
    asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    listed = [service.name async for reply in reflect.ServerReflectionInfo(asked) for service in _services(reply)]

    assert health_pb2.HealthCheckResponse.SERVING == answer.status
    assert SERVICE.full_name in listed


async def test_a_token_opens_the_door(
    tmp_path: Path, database: Database, threads: Threads, metrics: GatewayMetrics
) -> None:
    """Beside keys, where an issuer is known; its tenant may have an agreement like any other."""
    issuer = Issuer(tmp_path / "keys.json")
    issuer.add("now")
    issuer.publish()
    Agreements(database).change("limited", Agreement(calls_per_minute=0))
    said = {"jwt_keys": issuer.path, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    async with open_entry(database, threads, metrics, **said) as entry:
        await entry.call("GetJob", issuer.token("now"))
        await entry.call("GetJob", ApiKeys(database).create("acme").key)
        failure = await refusal(entry, key=issuer.token("now", tenant="limited"))

    assert ["acme", "acme"] == [who.tenant for _, who in entry.behind.seen]
    assert ["token:", "key:"] == [who.credential.partition(":")[0] + ":" for _, who in entry.behind.seen]
    assert type(from_rpc_error(failure)) is Exhausted


async def test_too_many_calls_are_told_when_to_come_back(
    database: Database, threads: Threads, metrics: GatewayMetrics, acme: NewKey
) -> None:
    """RetryInfo arrives; others are let in meanwhile."""
    other = ApiKeys(database).create("other")
    async with open_entry(database, threads, metrics, calls_per_minute=1, calls_burst=2) as entry:
        for _ in range(2):
            await entry.call("GetJob", acme.key)
        error = from_rpc_error(await refusal(entry, key=acme.key))
        await entry.call("GetJob", other.key)

    assert (Exhausted, reasons.REASON_RATE_LIMITED) == (type(error), error.reason)
    assert 50 < (error.retry_after_s or 0) <= 60


async def test_a_flood_of_unknown_keys_reaches_neither_the_database_nor_known_callers(
    database: Database, threads: Threads, metrics: GatewayMetrics, keys: ApiKeys, acme: NewKey
) -> None:
    """They are told when to come back; a known key is let in every time, and one made meanwhile is soon known."""
    async with open_entry(database, threads, metrics) as entry:
        await entry.call("GetJob", acme.key)
        with statements(database) as seen:
            refused = [from_rpc_error(await refusal(entry, key=unknown(number))) for number in range(200)]
            looks = len(seen)
            for _ in range(20):
                await entry.call("GetJob", acme.key)
        again = [error for error in refused if isinstance(error, Exhausted)]
        later = keys.create("later")
        await until_let_in(entry, later.key)

    assert 20 <= len(again) < 200
    assert all(error.reason == reasons.REASON_RATE_LIMITED and 0 < (error.retry_after_s or 0) <= 1 for error in again)
    assert {Unauthenticated, Exhausted} == {type(error) for error in refused}
    assert looks < 60
    turned = metrics.registry.get_sample_value("likeness_strangers_turned_away_total", {"credential": "key"})
    assert len(again) <= (turned or 0)


@ON_SQLITE
async def test_a_flood_of_bad_tokens_leaves_those_that_held_alone(
    tmp_path: Path, database: Database, threads: Threads, metrics: GatewayMetrics
) -> None:
    """Signatures are checked of so many that do not hold; API keys of the same address have nothing to do with it."""
    issuer = Issuer(tmp_path / "keys.json")
    issuer.add("now")
    issuer.publish()
    said = {"jwt_keys": issuer.path, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    good, bad = issuer.token("now"), issuer.token("now", aud="others")
    async with open_entry(database, threads, metrics, **said) as entry:
        await entry.call("GetJob", good)
        refused = [from_rpc_error(await refusal(entry, key=bad)) for _ in range(100)]
        await entry.call("GetJob", good)
        await entry.call("GetJob", ApiKeys(database).create("acme").key)

    assert {Unauthenticated, Exhausted} == {type(error) for error in refused}
    assert 3 == len(entry.behind.seen)


@ON_SQLITE
async def test_whoever_is_on_this_machine_is_the_local_tenant(local: Entry) -> None:
    """Without credentials, and with any."""
    await local.call("GetJob")
    await local.call("GetJob", "whatever")

    assert [("GetJob", Caller(LOCAL, LOCAL))] * 2 == local.behind.seen


@ON_SQLITE
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.1", "gateway", "localhost.example.com", "169.254.1.1"])
async def test_without_credentials_nobody_beyond_this_machine_is_served(
    host: str, database: Database, threads: Threads, metrics: GatewayMetrics
) -> None:
    """The process does not start, and the line says what would help."""
    with pytest.raises(StartupError, match=r"LIKENESS_HOST: without LIKENESS_AUTH=required .* loopback"):
        async with open_entry(database, threads, metrics, auth="local", host=host):
            pytest.fail("it started")


@ON_SQLITE
@pytest.mark.parametrize(
    ("missing", "line"),
    [
        ("jwt_issuer", "LIKENESS_JWT_ISSUER: has to be set"),
        ("jwt_audience", "LIKENESS_JWT_AUDIENCE: has to be set"),
        ("jwt_algorithms", "LIKENESS_JWT_ALGORITHMS: at least one"),
    ],
)
async def test_tokens_are_not_half_configured(
    tmp_path: Path, database: Database, threads: Threads, metrics: GatewayMetrics, missing: str, line: str
) -> None:
    """A token of anybody for anything would do, otherwise."""
    chosen = {"jwt_keys": tmp_path, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_algorithms": ("ES256",)}
    empty = () if missing == "jwt_algorithms" else ""
    with pytest.raises(StartupError, match=line):
        async with open_entry(database, threads, metrics, **{**chosen, missing: empty}):
            pytest.fail("it started")


@pytest.mark.parametrize("name", ["none", "HS256", "HS512", "ES256K"])
def test_algorithms_that_must_not_be_allowed_cannot_be(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even by the operator."""
    monkeypatch.setenv("LIKENESS_JWT_ALGORITHMS", f'["{name}"]')
    with pytest.raises(StartupError, match="LIKENESS_JWT_ALGORITHMS"):
        load(TenantSettings)


def test_outside_of_a_call_there_is_no_caller() -> None:
    """Background work that asks has a defect, and hears of it; after a call it is as before."""
    for _ in range(2):
        with pytest.raises(LookupError):
            caller()
        with visiting(Visit(Caller("acme", "key:1"), "GetJob")):
            assert "acme" == caller().tenant


def unknown(number: int) -> str:
    """A key of the right form that nobody was given."""
    return f"likeness_{number:012x}_{number:064x}"


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What the database is asked inside."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


async def until_let_in(entry: Entry, key: str) -> None:
    """As a client does that is told when to come back."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await entry.call("GetJob", key)
            except grpc.aio.AioRpcError as failure:
                error = from_rpc_error(failure)
                assert isinstance(error, Exhausted)
                await asyncio.sleep(error.retry_after_s or 0)


def _services(reply: reflection_pb2.ServerReflectionResponse) -> list[reflection_pb2.ServiceResponse]:
    return list(reply.list_services_response.service)
