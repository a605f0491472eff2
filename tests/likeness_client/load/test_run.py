"""Whole jobs, so many at a time, against a gateway that speaks the real protocol."""

import asyncio
import json
from pathlib import Path

from likeness.common.v1 import reason_pb2 as reasons
from typer.testing import CliRunner

from likeness_client import AsyncLikeness, Consent, Order, Wishes
from likeness_client.load.job import Errand, measured
from likeness_client.load.run import run
from likeness_client.main import app
from likeness_client.values.words import State
from likeness_wire.errors import Exhausted
from tests.likeness_client.fake_gateway import FakeGateway, running_elsewhere
from tests.likeness_client.script import Script, jpeg
from tests.running import until


def errand(consent: Consent) -> Errand:
    return Errand(jpeg(1), [Order("corporate", 2), Order("outdoor", 2)], consent, Wishes(interactive=True))


async def test_a_job_is_measured_from_photo_to_receipt_and_deleted(
    gateway: FakeGateway, likeness: AsyncLikeness, consent: Consent
) -> None:
    """Every picture is brought here, as a caller would."""
    sample = await measured(likeness, errand(consent))

    assert ["upload", "job", "download", "delete"] == list(sample.spans)
    assert all(seconds > 0 for seconds in sample.spans.values())
    assert (State.PARTIAL, 3, "DRIFTED") == (sample.state, sample.kept, sample.problem)
    assert 3 == len({request.name for request in gateway.requests["DownloadResult"]})
    assert 1 == len(gateway.requests["DeleteUpload"])


async def test_a_job_that_is_refused_leaves_no_photo_behind(
    gateway: FakeGateway, likeness: AsyncLikeness, consent: Consent
) -> None:
    """And is counted with what the gateway said."""
    gateway.refusals["CreateJob"] = [Exhausted(reasons.REASON_QUOTA_EXCEEDED, "enough for today")]
    level = await run(likeness, errand(consent), concurrency=1, jobs=2, heard=lambda: None)

    assert {"enough for today (QUOTA_EXCEEDED)": 1} == level.refused
    assert 1 == len(level.samples)
    assert 2 == len(gateway.requests["DeleteUpload"])


async def test_as_many_jobs_run_at_a_time_as_were_asked_for(
    gateway: FakeGateway, likeness: AsyncLikeness, consent: Consent
) -> None:
    """Never more; each caller sends the next when its job is done."""
    gateway.holds_back = asyncio.Event()
    done: list[None] = []
    running = asyncio.create_task(run(likeness, errand(consent), 3, 5, lambda: done.append(None)))
    await until(lambda: gateway.watching == 3)
    uploads = len(gateway.requests["CreateUpload"])
    gateway.holds_back.set()
    level = await running

    assert 3 == uploads
    assert 5 == len(level.samples) == len(done)
    assert level.pictures_per_minute > 0


def bench(*words: str) -> str:
    with running_elsewhere(FakeGateway(Script())) as port:
        words = ("bench", "--server", f"127.0.0.1:{port}", "--concurrency", "1:2", "--jobs", "2", *words)
        done = CliRunner().invoke(app, words)
    assert 0 == done.exit_code, done.output
    return done.stdout


def test_the_command_prints_a_table_and_writes_a_report(tmp_path: Path) -> None:
    """By default with the demo photo."""
    report = tmp_path / "reports" / "bench.html"

    shown = bench("--out", str(report))

    assert "whole job" in shown
    assert str(report) in shown
    assert "2 at a time, 2 jobs (2 partial)" in report.read_text()


def test_the_command_prints_json() -> None:
    """One document, levels in order."""
    told = json.loads(bench("--json"))

    assert [1, 2] == [level["concurrency"] for level in told["levels"]]
    assert {"p50", "p90", "p99", "count"} == set(told["levels"][0]["total"])


def test_a_photo_of_one_s_own_wants_a_consent(tmp_path: Path) -> None:
    """Nothing is sent without."""
    (tmp_path / "photo.jpg").write_bytes(jpeg(1))
    done = CliRunner().invoke(app, ["bench", "--photo", str(tmp_path / "photo.jpg")])

    assert 1 == done.exit_code
    assert "--consent" in done.output
