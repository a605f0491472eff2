"""What forgetting costs: throughput with and without the cipher, the sweep, and the memory of many uploads at once.

`python -m bench.storage [--rounds 7] [--folder PLACE]`
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.abab import Pair, abab
from bench.machine import described
from bench.storage.house import TENANT, House, PlainObjects, house, read, write
from bench.table import Row, render
from gateway.retention.holdings import HOUR_MS, Holding, State, new_id
from gateway.retention.tables import HOLDINGS, OBJECTS
from gateway.sealed import SealedObjects
from gateway.storage.directory import DirectoryStore
from gateway.storage.store import Store
from tests.gateway.servers import seaweedfs

MEGABYTE = 1_000_000
OBJECT_BYTES = 48 * 256 * 1024
PHOTO_BYTES = 12 * MEGABYTE
SWEPT_JOBS, SWEPT_EACH = 200, 25
CROWD = 200


async def throughput(name: str, folder: Path, store: Store, disk: Path, rounds: int) -> list[Row]:
    """Objects of 12 MiB one after the other, through the same threads. `disk`: where the store has its files."""
    with house(folder, store) as home:
        await home.keeper.prepare()
        upload = await home.keeper.vault.open_upload(TENANT)
        sealed = SealedObjects(store, home.keys, home.threads)
        plain = PlainObjects(store, home.keys, home.threads)
        writing = await abab(writes(sealed, upload, store), writes(plain, upload, store), rounds)
        reading, again = [
            await abab(await reads(sealed, upload, place), await reads(plain, upload, place), rounds)
            for place in (disk, None)
        ]
    names = (f"write to {name}", f"read from {name}", f"read again from {name}")
    return [compared(*row) for row in zip(names, (writing, reading, again), strict=True)]


def writes(objects: SealedObjects, upload: Holding, store: Store) -> Callable[[], Awaitable[float]]:
    async def once() -> float:
        begun = time.perf_counter()
        for _ in range(4):
            await write(objects, upload, OBJECT_BYTES)
        rate = 4 * OBJECT_BYTES / (time.perf_counter() - begun)
        store.remove(list(store.list(upload.id)))
        return rate

    return once


async def reads(objects: SealedObjects, upload: Holding, disk: Path | None) -> Callable[[], Awaitable[float]]:
    """From that disk, or from the machine's memory of it. Data keys are kept nowhere: each read fetches one."""
    stored = [await write(objects, upload, OBJECT_BYTES) for _ in range(4)]

    async def once() -> float:
        if disk is not None:
            forget_cached(disk)
        begun = time.perf_counter()
        for each in stored:
            await read(objects, upload, each)
        return 4 * OBJECT_BYTES / (time.perf_counter() - begun)

    return once


def forget_cached(disk: Path) -> None:
    """As hours later: the machine does not remember having written them."""
    for path in disk.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


async def sweeping(folder: Path) -> Row:
    """Jobs whose time is over: keys, objects, records, receipts."""
    with house(folder, DirectoryStore(folder / "objects")) as home:
        await home.keeper.prepare()
        jobs = [new_id() for _ in range(SWEPT_JOBS)]
        fill(home, jobs)
        begun = time.perf_counter()
        outcome = await home.keeper.sweeper.sweep()
        seconds = time.perf_counter() - begun
        assert len(outcome.concluded) == SWEPT_JOBS
        assert next(home.store.list(), None) is None
    rate = SWEPT_JOBS * SWEPT_EACH / seconds
    goal = "≥ 1000/s" + ("" if rate >= 1000 else ", missed")
    return Row(f"sweep, {SWEPT_EACH} objects a job", f"{rate:.0f}/s", "", "", goal)


def fill(home: House, jobs: list[str]) -> None:
    """Past the vault: it would take minutes, and what the sweep finds is the same."""
    now = home.database.now()
    times = {"first_byte_time": now - 24 * HOUR_MS, "hard_expire_time": now, "expire_time": now}
    holdings = [{"id": job, "tenant": TENANT, "sort": "job", "state": State.RUNNING, **times} for job in jobs]
    names = [f"{job}/{new_id()}" for job in jobs for _ in range(SWEPT_EACH)]
    facts = {"kind": "result", "size_bytes": 1, "stored_time": now}
    objects = [{"name": name, "holding": name.split("/")[0], "index": i, **facts} for i, name in enumerate(names)]
    with home.database.transaction() as tx:
        tx.execute(HOLDINGS.insert(), holdings)
        tx.execute(OBJECTS.insert(), objects)
    for job in jobs:
        home.keys.create(job, now, now)
        (home.folder / "objects" / job).mkdir()
    for name in names:
        (home.folder / "objects" / name).write_bytes(b"x")


def crowd(folder: Path) -> Row:
    """The same number of small and large uploads: the difference is what does not stay flat."""
    small, large = (grown(folder, PHOTO_BYTES // shrink) for shrink in (10, 1))
    goal = "≤ × 1.2" + ("" if large <= 1.2 * small else ", missed")
    metric = f"memory, {CROWD} uploads of 12 MB at once, against 1.2 MB"
    return Row(metric, f"+{large / 1e6:.0f} MB", f"+{small / 1e6:.0f} MB", f"× {large / small:.2f}", goal)


def grown(folder: Path, size_bytes: int) -> int:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        command = [sys.executable, "-m", "bench.storage.crowd", place, str(CROWD), str(size_bytes)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compared(metric: str, pair: Pair) -> Row:
    this, reference = pair.medians
    goal = "≥ 0.70" + ("" if pair.ratio >= 0.7 else ", missed") + (" *" if pair.disturbed else "")
    return Row(metric, f"{this / 1e6:.0f} MB/s", f"{reference / 1e6:.0f} MB/s", f"{pair.ratio:.2f}", goal)


async def rows(rounds: int, folder: Path) -> list[Row]:
    objects = folder / "a" / "objects"
    table = await throughput("a directory", folder / "a", DirectoryStore(objects), objects, rounds)
    with seaweedfs() as seaweed:
        seaweed.client().make_bucket("bench")
        table += await throughput("SeaweedFS", folder / "b", seaweed.store("bench"), seaweed.folder, rounds)
    return [*table, await sweeping(folder / "c"), crowd(folder)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; default: the temporary one")
    arguments = parser.parse_args()
    print(described("tink", "minio", "sqlalchemy"))
    with tempfile.TemporaryDirectory(dir=arguments.folder) as place:
        print(render(asyncio.run(rows(arguments.rounds, Path(place)))))


if __name__ == "__main__":
    main()
