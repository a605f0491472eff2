"""What the door costs a call: nobody asked, a key, a token; on SQLite and Postgres, and what the audit log adds.

`python -m bench.tenants [--rounds 7]`. The handler behind the door does nothing.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.abab import Pair, abab
from bench.machine import described
from bench.table import Row, render
from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.database import Database, connect
from gateway.tenants.keys import ApiKeys
from tests.gateway.servers import postgres
from tests.gateway.tenants.entry import Entry, open_entry
from tests.gateway.tenants.issuer import AUDIENCE, ISSUER, Issuer

CALLS = 200
UNLIMITED: dict[str, Any] = {"calls_per_minute": 100_000_000, "calls_burst": 100_000_000}
# A look leaves no entry in the audit log, a cancellation does.
LOOK, ACT = "GetJob", "CancelJob"


class Way(NamedTuple):
    """A call, and what it shows."""

    entry: Entry
    secret: str | None
    rpc: str = LOOK


async def measured(url: str, folder: Path, rounds: int) -> list[Row]:
    sort = url.partition(":")[0].partition("+")[0]
    async with entries(url, folder) as (local, required, key, token):
        base = median_of(Way(local, None))
        return [
            row(f"{sort}: an API key", await abab(median_of(Way(required, key)), base, rounds)),
            row(f"{sort}: a token", await abab(median_of(Way(required, token)), base, rounds)),
            row(
                f"{sort}: the audit log's entry",
                await abab(median_of(Way(required, key, ACT)), median_of(Way(required, key)), rounds),
            ),
        ]


@asynccontextmanager
async def entries(url: str, folder: Path) -> AsyncIterator[tuple[Entry, Entry, str, str]]:
    """A port that asks nobody and one that does, with a key and a token for it."""
    database, threads, issuer = Database(connect(url)), Threads(8), Issuer(folder / "keys.json")
    database.create_tables()
    issuer.add("now")
    issuer.publish()
    said: dict[str, Any] = {"jwt_keys": issuer.path, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    async with (
        open_entry(database, threads, GatewayMetrics(), auth="local") as local,
        open_entry(database, threads, GatewayMetrics(), **said, **UNLIMITED) as required,
    ):
        yield local, required, ApiKeys(database).create("acme").key, issuer.token("now", exp=int(time.time()) + 9999)
    threads.close()
    database.engine.dispose()


def median_of(way: Way) -> Callable[[], Awaitable[float]]:
    """Seconds of a call, one after another."""

    async def measure() -> float:
        taken = []
        for _ in range(CALLS):
            began = time.perf_counter()
            await way.entry.call(way.rpc, way.secret)
            taken.append(time.perf_counter() - began)
        return statistics.median(taken)

    return measure


def row(metric: str, pair: Pair) -> Row:
    this, reference = (f"{1000 * seconds:.2f} ms" for seconds in pair.medians)
    star = " *" if pair.disturbed else ""
    return Row(f"{metric}, p50{star}", this, reference, f"{1000 * pair.difference:+.2f} ms", "")


async def everything(rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        on_file = await measured(f"sqlite:///{folder}/jobs.sqlite", Path(folder), rounds)
        return [*on_file, *await measured(server.new_database(), Path(folder), rounds)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    print(described("grpcio", "sqlalchemy", "pyjwt"))
    print(render(asyncio.run(everything(parser.parse_args().rounds))))


if __name__ == "__main__":
    main()
