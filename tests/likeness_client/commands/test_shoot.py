"""`likeness shoot` and the commands around it, against a gateway on this machine."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.quality_pb2 import VERDICT_REFUSE
from likeness.gateway.v1 import job_pb2
from typer.testing import CliRunner, Result

from likeness_client.main import app
from likeness_wire.errors import Internal, Unauthenticated, Unavailable
from tests.likeness_client.fake_gateway import FakeGateway, running_elsewhere
from tests.likeness_client.script import jpeg
from tests.running import wait_until

Command = Callable[..., Result]
ME = "--i-am-this-person"


@pytest.fixture
def server(gateway: FakeGateway) -> Iterator[str]:
    with running_elsewhere(gateway) as port:
        yield f"127.0.0.1:{port}"


@pytest.fixture
def likeness(server: str) -> Command:
    return lambda *words: CliRunner().invoke(app, [*map(str, words), "--server", server], prog_name="likeness")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "selfie.jpg"
    path.write_bytes(jpeg(5))
    return path


def shoot(likeness: Command, photo: Path, *words: object) -> Result:
    styles = ("--style", "corporate", "--style", "outdoor", "--count", 2)
    return likeness("shoot", photo, *styles, "--out", photo.parent / "out", *words)


def test_a_shoot_leaves_everything_in_its_folder(likeness: Command, gateway: FakeGateway, photo: Path) -> None:
    """Pictures, page, record and receipt here; nothing at the gateway."""
    done = shoot(likeness, photo, ME, "--4k")
    out = photo.parent / "out"

    assert 1 == done.exit_code, done.output  # one picture of four was given up
    assert {
        "01-corporate.jpg",
        "02-corporate.jpg",
        "03-outdoor.jpg",
        "contact-sheet.html",
        "record.json",
        "receipt.json",
    } == {path.name for path in out.iterdir()}
    assert list(gateway.script.pictures.values()) == [path.read_bytes() for path in sorted(out.glob("*.jpg"))]
    assert "j1 partial: 3 of 4 kept in 6 tries" in done.output
    assert {} == gateway.jobs
    (request,) = gateway.requests["CreateJob"]
    assert (3840, 2) == (request.spec.long_side, request.spec.styles[0].count)


def test_its_receipt_is_what_verify_reads(likeness: Command, photo: Path) -> None:
    """With the keys that `receipts keys` prints."""
    shoot(likeness, photo, ME)
    keys = photo.parent / "server.key"
    keys.write_text(likeness("receipts", "keys").stdout)
    done = CliRunner().invoke(
        app, ["receipts", "verify", str(photo.parent / "out" / "receipt.json"), "--key", str(keys)]
    )

    assert 0 == done.exit_code, done.output
    assert "holds" in done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--i-am-this-person if the photos show you"),
        ((ME, "--authorised", "A-1", "--agreed", "2026-11-20"), "--i-am-this-person if the photos show you"),
        (("--authorised", "A-1"), "when the person shown agreed"),
    ],
)
def test_without_consent_nothing_leaves_the_machine(
    likeness: Command, gateway: FakeGateway, photo: Path, words: tuple[str, ...], told: str
) -> None:
    """Not a photo, not a word."""
    done = shoot(likeness, photo, *words)

    assert 1 == done.exit_code
    assert told in done.output
    assert {} == {rpc: calls for rpc, calls in gateway.requests.items() if calls}


def test_consent_goes_on_record_as_it_was_said(likeness: Command, gateway: FakeGateway, photo: Path) -> None:
    """One's own is given now, another's when they gave it; for the policy of the server or the one named."""
    shoot(likeness, photo, ME, "--purpose", "team page")
    more = ("--authorised", "A-1", "--agreed", "2026-11-01", "--policy", "2025-07", "--force")
    shoot(likeness, photo, *more)
    mine, theirs = (request.spec.consent for request in gateway.requests["CreateJob"])

    assert (job_pb2.SUBJECT_CALLER, "team page", "2026-01") == (mine.subject, mine.purpose, mine.policy_version)
    assert mine.reference.startswith("terminal-")
    assert (job_pb2.SUBJECT_AUTHORISED, "A-1", "2025-07") == (
        theirs.subject,
        theirs.reference,
        theirs.policy_version,
    )
    assert theirs.give_time.ToSeconds() < mine.give_time.ToSeconds() - 86_400


def test_seeds_can_be_tried_first(likeness: Command, gateway: FakeGateway, photo: Path) -> None:
    """Small, for each style; the nearest is where the pictures start."""
    done = shoot(likeness, photo, ME, "--candidates", 2, "--long-side", 2048)

    assert "corporate: seed 8 comes nearest, drift 0.10 locked" in done.output
    assert [(2, 2048)] * 2 == [(each.candidates, each.long_side) for each in gateway.requests["FindSeed"]]
    assert [8, 8] == [order.seed for order in gateway.requests["CreateJob"][0].spec.styles]


def test_keeping_leaves_the_job_to_its_deadline(likeness: Command, gateway: FakeGateway, photo: Path) -> None:
    """And says when that is, and how to end it sooner."""
    done = shoot(likeness, photo, ME, "--keep")

    assert ["tenants/local/jobs/j1"] == list(gateway.jobs)
    assert "likeness delete j1" in done.output
    assert not (photo.parent / "out" / "receipt.json").exists()


def test_programs_get_the_record(likeness: Command, photo: Path) -> None:
    """As one document on standard output, the progress elsewhere."""
    done = shoot(likeness, photo, ME, "--json")
    found = json.loads(done.stdout)

    assert ["01-corporate.jpg", "02-corporate.jpg", "03-outdoor.jpg"] == [each["file"] for each in found["pictures"]]
    assert found == json.loads((photo.parent / "out" / "record.json").read_text()) | {
        "folder": str(photo.parent / "out")
    }


def test_photos_that_will_not_do_are_erased_at_once(likeness: Command, gateway: FakeGateway, photo: Path) -> None:
    """With the advice that makes better ones."""
    gateway.script.usable = False
    gateway.script.report.findings.add(
        reason=reasons.REASON_BLURRED, verdict=VERDICT_REFUSE, advice="Hold still and try again."
    )
    done = shoot(likeness, photo, ME)

    assert 1 == done.exit_code
    assert "photo 1: Hold still and try again." in done.output
    assert ["tenants/local/uploads/u1"] == [request.name for request in gateway.requests["DeleteUpload"]]
    assert [] == gateway.requests["CreateJob"]


def test_a_failure_erases_what_was_sent(likeness: Command, gateway: FakeGateway, photo: Path) -> None:
    """Whatever it is."""
    gateway.refusals["ListTries"] = [Internal(reasons.REASON_INTERNAL, "unforeseen", incident="1f")]
    done = shoot(likeness, photo, ME)

    assert 1 == done.exit_code
    assert "unforeseen (INTERNAL)" in done.output
    assert "what was sent has been erased" in done.output
    assert {} == gateway.jobs


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_ends_it_early_erases_what_was_sent(gateway: FakeGateway, photo: Path, number: int) -> None:
    """Ctrl-C, a supervisor, a terminal that is closed: job and photos are gone before the command is."""
    import asyncio

    gateway.holds_back = asyncio.Event()
    with running_elsewhere(gateway) as port:
        words = ["shoot", photo, "--style", "corporate", ME, "--out", photo.parent / "out"]
        command = [sys.executable, "-m", "likeness_client", *map(str, words), "--server", f"127.0.0.1:{port}"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: gateway.requests["WatchJob"])
        os.kill(process.pid, number)
        _, errors = process.communicate(timeout=30)

    assert process.returncode != 0
    assert "what was sent has been erased" in errors
    assert "Traceback" not in errors
    assert {} == gateway.jobs


def test_pictures_of_another_shoot_are_not_replaced(likeness: Command, gateway: FakeGateway, photo: Path) -> None:
    """It is noticed before a photo is sent."""
    shoot(likeness, photo, ME)
    done = shoot(likeness, photo, ME)

    assert 1 == done.exit_code
    assert "name another folder" in done.output
    assert 1 == len(gateway.requests["CreateUpload"])


def test_jobs_are_listed_for_people_and_programs(likeness: Command, photo: Path) -> None:
    """Latest first."""
    shoot(likeness, photo, ME, "--keep")
    shoot(likeness, photo, ME, "--keep", "--force")
    found = json.loads(likeness("jobs", "--json").stdout)
    table = likeness("jobs", "--limit", 1, "--state", "partial").stdout

    assert ["tenants/local/jobs/j2", "tenants/local/jobs/j1"] == [job["name"] for job in found]
    assert "j2" in table
    assert "j1" not in table
    assert all(words in table for words in ("partial", "3/4", "DRIFTED"))
    assert "no jobs" in likeness("jobs", "--state", "running").stdout


def test_a_job_can_be_watched_by_the_beginning_of_its_id(likeness: Command, photo: Path) -> None:
    """As bars, or as a line of JSON for each event."""
    shoot(likeness, photo, ME, "--keep")
    lines = [json.loads(line) for line in likeness("watch", "j", "--json").stdout.splitlines()]

    assert "j1 partial: 3 of 4 kept" in likeness("watch", "j1").output
    assert {"StateChanged", "TryJudged", "ResultStored", "PictureGivenUp"} <= {line["event"] for line in lines}
    assert "no job begins with x" in likeness("watch", "x").output


def test_what_is_deleted_leaves_a_receipt(likeness: Command, gateway: FakeGateway, photo: Path) -> None:
    """By short name or full; the file is what `verify` reads."""
    shoot(likeness, photo, ME, "--keep")
    path = photo.parent / "receipts.json"
    done = likeness("delete", "j1", "tenants/local/uploads/u9", "--out", path)

    assert 0 == done.exit_code, done.output
    assert "tenants/local/jobs/j1: 0 objects (0 B) erased" in done.output
    assert 2 == len(json.loads(path.read_text()))
    assert {} == gateway.jobs


def test_receipts_are_listed_and_judged(likeness: Command, photo: Path) -> None:
    """All of them, over pages."""
    path = photo.parent / "receipts.json"
    done = likeness("receipts", "list", "--out", path)
    found: Any = json.loads(likeness("receipts", "list", "--json").stdout)

    assert 3 == done.output.count("holds, 23 h 59 min before its deadline")
    assert (True, 3) == (found["ok"], len(found["receipts"]))
    assert 3 == len(json.loads(path.read_text()))


def test_styles_are_listed(likeness: Command) -> None:
    """With what can be asked of each."""
    assert ["corporate", "outdoor", "studio"] == [
        each["id"] for each in json.loads(likeness("styles", "--json").stdout)
    ]
    assert "front, left" in likeness("styles").output


def test_a_key_comes_from_a_file_or_the_environment(
    likeness: Command, gateway: FakeGateway, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never from the command line, where others could read it."""
    key = photo.parent / "key"
    key.write_text("from-file\n")
    likeness("styles", "--key-file", key)
    assert "Bearer from-file" == gateway.headers["authorization"]

    monkeypatch.setenv("LIKENESS_API_KEY", "from-environment")
    likeness("styles")
    assert "Bearer from-environment" == gateway.headers["authorization"]


def test_failures_are_told_in_words_that_help(likeness: Command, gateway: FakeGateway, photo: Path) -> None:
    """One line each."""
    gateway.refusals["ListStyles"] = [Unauthenticated(reasons.REASON_UNAUTHENTICATED, "no valid key")]
    assert "no valid key; --key-file or LIKENESS_API_KEY says who calls" in likeness("styles").output

    gateway.refusals["ListStyles"] = [Unavailable(reasons.REASON_PEER_UNAVAILABLE, "away")] * 9
    assert "no gateway answers at 127.0.0.1:" in likeness("styles").output

    assert "nowhere: No such file" in likeness("styles", "--key-file", photo.parent / "nowhere").output
    assert "nowhere.jpg: No such file" in shoot(likeness, photo.parent / "nowhere.jpg", ME).output
    told = CliRunner().invoke(app, ["styles", "--server", "http://127.0.0.1:1"]).output
    assert "an address is host:port" in told
