"""What a stack has kept is gone when it ends, with proof."""

import json
import os
import subprocess
import sys
from pathlib import Path

from gateway.keeping import keeping
from gateway.metrics import GatewayMetrics
from gateway.retention.holdings import Kind
from gateway.retention.settings import RetentionSettings
from tests.running import ROOT

FACE = os.urandom(100_000)


async def kept(data: Path) -> tuple[str, str]:
    """An upload with a job that has a result, and an upload that nobody wanted."""
    async with keeping(RetentionSettings(data_dir=data), GatewayMetrics()) as vault:
        async with vault.receiving("local") as upload:
            await vault.put(upload, Kind.PHOTO, 0, FACE)
        job = await vault.adopt("local", upload.id)
        await vault.put(job, Kind.RESULT, 0, FACE)
        async with vault.receiving("local") as other:
            await vault.put(other, Kind.PHOTO, 0, FACE)
    return job.id, other.id


def forget(data: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "LIKENESS_DATA_DIR": str(data), "LIKENESS_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "likeness_client.stack.forgetting"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


async def test_everything_is_erased_with_a_receipt_each(tmp_path: Path) -> None:
    """Jobs with their photos, and photos that no job had adopted."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    job, other = await kept(data)

    done = forget(data)

    assert 0 == done.returncode, done.stderr
    told = json.loads(done.stdout)
    assert (2, 3, 0, 0) == tuple(told[name] for name in ("receipts", "objects", "unconfirmed", "remaining_objects"))
    assert told["size_bytes"] > 3 * len(FACE)
    async with keeping(RetentionSettings(data_dir=data), GatewayMetrics()) as vault:
        assert {job, other} == {
            (await vault.receipt("local", each)).statement.subject.rpartition("/")[2] for each in (job, other)
        }
        assert 0 == len([path for path in (data / "objects").rglob("*") if path.is_file()])


async def test_again_there_is_nothing_left_to_erase(tmp_path: Path) -> None:
    """A folder that nothing was kept in, too."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    await kept(data)
    forget(data)

    assert {"receipts": 0, "objects": 0} == {
        name: number for name, number in json.loads(forget(data).stdout).items() if name in ("receipts", "objects")
    }


def test_a_folder_that_cannot_be_read_is_no_success(tmp_path: Path) -> None:
    """It says so in one line."""
    (tmp_path / "data").write_text("not a folder")

    done = forget(tmp_path / "data")

    assert 2 == done.returncode
    assert done.stderr.startswith("cannot forget: ")
