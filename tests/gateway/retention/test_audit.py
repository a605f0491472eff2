"""The audit: finds by itself what the sweep should have removed, or could not know."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.retention.audit import Audit, Findings
from gateway.storage.store import Found
from services.common.startup import StartupError
from tests.gateway.flaky import GatedStore
from tests.gateway.house import HOUR_S, House, job, open_house, read, upload
from tests.running import ROOT


@pytest.fixture
async def house(quick_path: Path) -> AsyncIterator[House]:
    """With a job that lives."""
    async with open_house(quick_path) as house:
        await job(house)
        made(house)
        yield house


def made(house: House, *names: str, hours_ago: float = 0) -> None:
    """The age of files, by the hand clock; of all of them unless some are named."""
    stamp = house.clock.ms / 1000 - hours_ago * HOUR_S
    for name in names or house.objects():
        os.utime(house.folder / "objects" / name, (stamp, stamp))


def look(house: House, **options: bool) -> Findings:
    return Audit(house.database, house.store, house.keys, **options).run()


def put_there(house: House, name: str, *, hours_ago: float = 0) -> None:
    path = house.folder / "objects" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    made(house, name, hours_ago=hours_ago)


async def test_what_lives_is_left_alone(house: House) -> None:
    """Nothing amiss, everything counted."""
    assert look(house) == Findings(objects=2, keys=2)
    assert len(house.objects()) == 2


async def test_objects_that_no_record_knows_are_removed(house: House) -> None:
    """Of whatever age and form: a record comes before its object."""
    put_there(house, "0123456789abcdef/1")
    put_there(house, "stray-file")
    put_there(house, "Some/Other.thing")

    findings = look(house)
    assert findings.unknown_objects == 3
    assert findings.clean
    assert len(house.objects()) == 2


async def test_only_looking_removes_nothing(house: House) -> None:
    """And says that something remains."""
    put_there(house, "0123456789abcdef/1")

    findings = look(house, remove=False)
    assert (findings.unknown_objects, findings.remaining, findings.clean) == (1, 1, False)
    assert len(house.objects()) == 3


async def test_objects_past_the_cap_go_whatever_the_ledger_says(house: House) -> None:
    """Somebody edited a deadline: an object of more than a day is late by its own date."""
    with house.database.transaction() as tx:
        tx.execute(text("UPDATE holdings SET hard_expire_time = hard_expire_time * 2, expire_time = expire_time * 2"))
    house.clock.pass_s(24 * HOUR_S + 1)

    findings = look(house)
    assert findings.late_objects == 2
    assert house.objects() == []


async def test_what_the_sweep_missed_goes_and_is_told(house: House) -> None:
    """The sweeper is dead: keys and objects go anyway, and the open records raise the alarm."""
    house.clock.pass_s(24 * HOUR_S)
    findings = look(house)

    assert (findings.late_keys, findings.late_objects, findings.late_records) == (2, 2, 2)
    assert not findings.clean
    assert house.objects() == []
    assert house.keys.count() == 0

    await house.keeper.in_flight.beat()
    await house.sweep()
    assert look(house) == Findings()


async def test_what_came_back_after_its_receipt_goes_again(house: House) -> None:
    """A zombie's late write, or a restored bucket."""
    photos = await upload(house)
    await house.vault.erase(photos.tenant, photos.id)
    put_there(house, f"{photos.id}/0badf00d")
    house.keys.create(photos.id, photos.hard_expire_time, house.clock.ms)

    findings = look(house)
    assert (findings.late_objects, findings.late_keys, findings.clean) == (1, 1, True)
    assert len(house.objects()) == 2


async def test_keys_that_no_record_knows_go_when_they_are_not_new(house: House) -> None:
    """A key is made moments before its record."""
    house.keys.create("0" * 32, house.clock.ms + HOUR_S * 1000, house.clock.ms)
    assert look(house).unknown_keys == 0

    house.clock.pass_s(601)
    assert look(house).unknown_keys == 1
    assert house.keys.count() == 2


async def test_unfinished_writes_of_a_living_job_go_when_they_are_old(house: House) -> None:
    """One may be under way."""
    photos = await upload(house)
    made(house)
    put_there(house, f"{photos.id}/0badf00d.part")
    assert look(house).unfinished_writes == 0

    made(house, f"{photos.id}/0badf00d.part", hours_ago=1.1)
    assert look(house).unfinished_writes == 1
    assert await read(house, photos)


async def test_what_cannot_be_removed_is_told(house: House) -> None:
    """It looks again, whatever the store answered."""

    class Liar(GatedStore):
        def remove(self, found: Iterable[Found]) -> None:
            pass

    put_there(house, "0123456789abcdef/1")
    findings = Audit(house.database, Liar(house.store, lambda _: None), house.keys).run()

    assert (findings.remaining, findings.clean) == (1, False)


async def test_beside_an_empty_ledger_it_touches_nothing(house: House) -> None:
    """It was pointed at the wrong job database; unless somebody says that it was lost."""
    with house.database.transaction() as tx:
        for table in ("calls", "objects", "holdings"):
            tx.execute(text(f"DELETE FROM {table}"))
    with pytest.raises(StartupError, match="knows of nothing"):
        look(house)
    assert len(house.objects()) == 2

    look(house, lost_ledger=True)
    assert house.objects() == []


async def test_the_command_prints_what_it_found(house: House) -> None:
    """One line of JSON, and an exit status that a CronJob understands."""
    environment = {"PATH": "", "LIKENESS_DATA_DIR": str(house.folder), "PYTHONPATH": f"{ROOT}:{ROOT}/protos"}
    command = [sys.executable, "-m", "gateway.retention.audit", "--look-only"]
    made(house, hours_ago=100 * 24)  # to the real clock of a command, too
    done = await run(command, environment)
    assert (done.returncode, json.loads(done.stdout)) == (1, asdict(Findings(2, 2, late_objects=2, remaining=2)))

    environment["LIKENESS_STORE"] = "s3"
    done = await run(command, environment)
    assert done.returncode == 2
    assert done.stderr.startswith("cannot look: LIKENESS_S3_ENDPOINT")


async def run(command: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, text=True)
