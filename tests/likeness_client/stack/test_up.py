"""`likeness up` as people run it: a process with children, which are gone when it is."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from likeness_client import Likeness
from likeness_client.demo.photo import demo_photo
from likeness_client.demo.proof import ciphertexts
from likeness_client.stack.memory import parents_in, with_descendants
from tests.running import ROOT, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@contextmanager
def up(data: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """The smallest stack that has children of its own: preview, with its decoder."""
    command = [sys.executable, "-m", "likeness_client", "up", "--ports", "free", "--data", str(data), *words]
    with (data.parent / f"{data.name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def log_of(data: Path) -> str:
    return (data.parent / f"{data.name}.log").read_text()


def stands(data: Path, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """What it wrote once everything was ready."""
    told: dict[str, Any] = {}

    def written() -> bool:
        """A run that was killed may have left a file of its own."""
        with suppress(OSError):
            told.update(json.loads((data / "stack.json").read_text()))
        return told.get("pid") == process.pid

    wait_until(lambda: written() or process.poll() is not None, 120)
    assert process.poll() is None, log_of(data)
    return told


def family(process: "subprocess.Popen[bytes]") -> set[int]:
    return with_descendants([process.pid], parents_in(Path("/proc"))) - {process.pid}


def none_lives(pids: set[int]) -> bool:
    return not any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids)


@pytest.mark.kill
def test_a_command_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    """Neither a service nor a service's own children, though nobody could ask them to end."""
    data = tmp_path / "data"
    with up(data, "--only", "generator", "--only", "embedder") as process:
        stands(data, process)
        children = family(process)
        process.kill()

        assert len(children) >= 4
        wait_until(lambda: none_lives(children), 10)


@pytest.mark.kill
def test_what_a_killed_run_has_left_behind_is_erased_by_the_next(tmp_path: Path) -> None:
    """Before anything serves; nobody else would, were the machine not to come back in time."""
    data = tmp_path / "data"
    with up(data, "--only", "gateway") as process:
        with Likeness(stands(data, process)["grpc"]["gateway"]) as likeness:
            upload = likeness.upload(demo_photo())
        process.kill()
        process.wait()
    left = ciphertexts(data)
    with up(data, "--only", "gateway") as process:
        with Likeness(stands(data, process)["grpc"]["gateway"]) as likeness:
            receipt = likeness.receipt(upload)
        found = ciphertexts(data)
        process.send_signal(signal.SIGINT)
        process.wait(30)

    assert left > 0
    assert 0 == found
    assert upload.name == receipt.subject
    assert "erasing what a run that was killed has left behind" in log_of(data)


@pytest.mark.kill
def test_what_is_to_be_kept_outlives_the_run(tmp_path: Path) -> None:
    """Until its deadline; without --keep it ends with the run, with a receipt."""
    data = tmp_path / "data"
    left = []
    for words in (["--keep"], []):
        with up(data, "--only", "gateway", *words) as process:
            if words:
                with Likeness(stands(data, process)["grpc"]["gateway"]) as likeness:
                    likeness.upload(demo_photo())
            stands(data, process)
            process.send_signal(signal.SIGINT)
            assert 0 == process.wait(30), log_of(data)
        left.append(ciphertexts(data) > 0)

    assert [True, False] == left
    assert "1 receipts signed" in log_of(data)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stack_that_is_asked_to_end_drains_and_ends_well(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, a supervisor, a terminal that is closed: exit status 0, no process, no addresses."""
    data = tmp_path / "data"
    with up(data, "--only", "generator") as process:
        stands(data, process)
        children = family(process)
        process.send_signal(number)

        assert 0 == process.wait(30), log_of(data)
        assert none_lives(children)
        assert not (data / "stack.json").exists()
        assert "draining" in log_of(data)


def test_addresses_and_processes_are_in_a_file(tmp_path: Path) -> None:
    """For other commands and for tests; it is where the caller wants it, and the data folder is private."""
    data = tmp_path / "data"
    with up(data, "--only", "generator") as process:
        told = stands(data, process)

        assert ("embedded", process.pid, str(data)) == (told["profile"], told["pid"], told["data"])
        assert {"generator"} == set(told["grpc"]) == set(told["metrics"]) == set(told["pids"])
        assert 0o700 == data.stat().st_mode & 0o777


def test_where_a_browser_finds_it_is_said(tmp_path: Path) -> None:
    """And it answers there, in JSON to whoever asks for that."""
    data = tmp_path / "data"
    with up(data, "--only", "gateway") as process:
        address = f"http://{stands(data, process)['http']['gateway']}/"
        wait_until(lambda: f"in a browser: {address}" in log_of(data), 10)
        with urllib.request.urlopen(f"{address}v1/server", timeout=20) as answer:
            assert "embedded" == json.load(answer)["server"]["profile"]


def test_nothing_that_is_configured_stands_among_arguments(tmp_path: Path) -> None:
    """Everybody on the machine can read those."""
    data = tmp_path / "data"
    with up(data, "--only", "generator", "--set", "generator.QUEUE_PLACES=17") as process:
        stands(data, process)
        arguments = [Path(f"/proc/{pid}/cmdline").read_text() for pid in family(process)]

        assert arguments
        assert not any("LIKENESS" in line or "QUEUE_PLACES" in line for line in arguments)


def test_a_folder_has_one_stack_at_a_time(tmp_path: Path) -> None:
    """The second would erase what the first is still working on."""
    data = tmp_path / "data"
    with up(data, "--only", "generator") as process:
        stands(data, process)
        command = [sys.executable, "-m", "likeness_client", "up", "--data", str(data), "--only", "generator"]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)

    assert 1 == second.returncode
    assert "another stack stands on" in second.stderr


def test_a_part_that_cannot_start_says_why_and_the_command_fails(tmp_path: Path) -> None:
    """In the words of the part itself."""
    data = tmp_path / "data"
    with up(data, "--only", "upscaler", "--set", "upscaler.DEVICE=cuda:9") as process:
        assert 1 == process.wait(60)

    assert os.linesep.join(log_of(data).splitlines()[-1:]).startswith(
        "likeness: upscaler cannot start: LIKENESS_DEVICE"
    )
