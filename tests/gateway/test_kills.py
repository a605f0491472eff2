"""A gateway is killed (SIGKILL) at any moment, again and again, and the next one goes on from what it finds: whatever
was confirmed is there, whatever was deleted is not, and in the end nothing is left.
"""

import asyncio
import contextlib
import os
import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.gateway.test_races import Racer, environment, shared, start

__all__ = ["environment"]  # the fixture

LIVES = 4
ROUNDS = int(os.environ.get("LIKENESS_SOAK_ROUNDS", "1"))


@dataclass
class Confirmed:
    """What a caller was told before the line went dead."""

    uploads: set[str] = field(default_factory=set)
    results: dict[str, str] = field(default_factory=dict)
    # Asked to be deleted: confirmed, or on the way when the process died.
    erased: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)


@pytest.mark.kill
@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_nothing_confirmed_is_lost_and_nothing_deleted_comes_back(
    environment: dict[str, str], round_: int
) -> None:
    """Four lives of a gateway, each ended at a random moment of its work."""
    random.seed(round_)
    known = Confirmed()
    for _ in range(LIVES):
        async with contextlib.AsyncExitStack() as stack:
            gateway = await start(stack, environment)
            assert await gateway.answer() == "ready"
            await check(gateway, known)
            killing = asyncio.get_running_loop().call_later(random.uniform(0.05, 0.8), gateway.process.kill)
            with contextlib.suppress(AssertionError, ConnectionError):  # it has ended
                await work(gateway, known)
            killing.cancel()
    await end(environment, known)


async def work(gateway: Racer, known: Confirmed) -> None:
    """Photos, jobs, results and deletions until the process is gone."""
    while True:
        (upload,) = await ask(gateway, "receive")
        known.uploads.add(upload)
        (job,) = await ask(gateway, "adopt", upload)
        if (await ask(gateway, "put", job, 0, upload)) == [True]:
            known.results[job] = upload
        if random.random() < 0.4:
            known.doubtful |= {upload, job}
            (receipt,) = await ask(gateway, "erase", job)
            if len(receipt) > 100:
                known.erased |= {upload, job}


async def check(gateway: Racer, known: Confirmed) -> None:
    for upload in known.uploads:
        (photo,) = await ask(gateway, "photo", upload)
        assert photo == "EXPIRED" or (photo == "photo" and upload not in known.erased)
        assert photo == "photo" or upload in known.doubtful
    for job, content in known.results.items():
        (result,) = await ask(gateway, "read", job, 0)
        assert result == "EXPIRED" or (result == content and job not in known.erased)
        assert result == content or job in known.doubtful


async def end(environment: dict[str, str], known: Confirmed) -> None:
    """Everything expires; the last gateway sweeps before it serves, and leaves an empty house."""
    async with contextlib.AsyncExitStack() as stack:
        store, keys, database = stack.enter_context(shared(environment))
        gateway = await start(stack, environment)
        assert await gateway.answer() == "ready"
        await check(gateway, known)
        with database.reading() as tx:
            ids = tx.exec_driver_sql("SELECT id FROM holdings WHERE ended_time IS NULL").scalars().all()
            recorded = set(tx.exec_driver_sql("SELECT id FROM holdings").scalars())
        for holding in ids:
            await ask(gateway, "shorten", holding, 0)
        gateway.process.kill()
        last = await start(stack, environment)
        assert await last.answer() == "ready"
        assert list(store.list()) == []
        # A key whose gateway died before it could record anything has nothing to open, and is the audit's to find.
        assert not recorded & {entry.holding for entry in keys.entries()}


async def ask(gateway: Racer, *call: object) -> list[Any]:
    gateway.tell([list(call)])
    return list(await gateway.answer())
