"""docs/client.md: its code runs as it stands, against a gateway."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.quality_pb2 import VERDICT_REFUSE
from typer.testing import CliRunner

from likeness_client import AsyncLikeness, Consent, Job, Likeness, errors
from likeness_client.main import app
from likeness_wire.errors import BadPhoto
from tests.likeness_client.fake_gateway import FakeGateway, running_elsewhere
from tests.likeness_client.script import Script, jpeg
from tests.likeness_client.test_receipts import RAW

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text("utf-8")
ADDRESS = "likeness.example.com:7400"


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway(Script())


@pytest.fixture
def address(gateway: FakeGateway) -> Iterator[str]:
    with running_elsewhere(gateway) as port:
        yield f"127.0.0.1:{port}"


@pytest.fixture
def code(address: str) -> dict[str, Any]:
    """Everything the page defines."""
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        exec(block.replace(ADDRESS, address), names)
    return names


@pytest.fixture
def consent() -> Consent:
    return Consent.self(reference="r", purpose="p", policy_version="2026-01", given=datetime.now(UTC))


@pytest.fixture
def client(address: str) -> Iterator[Likeness]:
    with Likeness(address) as likeness:
        yield likeness


def test_the_whole_of_it(
    code: dict[str, Any], gateway: FakeGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pictures in a folder, nothing at the gateway."""
    selfie = tmp_path / "selfie.jpg"
    selfie.write_bytes(jpeg(3))
    code["pictures_of"](str(selfie), str(tmp_path), "agreement-17", "key")

    assert f"{tmp_path}/01-corporate.jpg 0.12 locked preview" in capsys.readouterr().out
    assert 4 == len(list(tmp_path.iterdir()))
    assert {} == gateway.jobs
    assert ["agreement-17"] == [each.spec.consent.reference for each in gateway.requests["CreateJob"]]


def test_showing_progress(
    code: dict[str, Any],
    client: Likeness,
    address: str,
    consent: Consent,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Lines for steps, kept pictures and those given up; the offset at the end is the last event's."""
    job = client.create_job(client.upload(jpeg(1)), "corporate", consent=consent)

    async def follow() -> int:
        async with AsyncLikeness(address) as likeness:
            return int(await code["follow"](likeness, job.name))

    assert 12 == asyncio.run(follow())
    shown = capsys.readouterr().out
    assert "corporate 1/2, try 1: generate 3/6" in shown
    assert "corporate: kept, drift 0.12 locked" in shown
    assert "outdoor 2/2: given up, the nearest was 0.47 match" in shown


def test_asking_before_anything_is_made(
    code: dict[str, Any], client: Likeness, gateway: FakeGateway, consent: Consent
) -> None:
    """A job where photos are good, advice where they are not."""
    mine = "01234567-89ab-4def-8123-456789abcdef"
    job = code["start"](client, client.upload(jpeg(1)), consent, mine)
    assert isinstance(job, Job)
    assert [True, False] == [each.validate_only for each in gateway.requests["CreateJob"]]

    gateway.script.usable = False
    gateway.script.report.findings.add(reason=reasons.REASON_BLURRED, verdict=VERDICT_REFUSE, advice="Hold still.")
    assert ["photo 1: Hold still."] == code["start"](client, client.upload(jpeg(1)), consent, mine)


def test_what_may_go_wrong(code: dict[str, Any], client: Likeness, gateway: FakeGateway) -> None:
    """Each in its own words; and every class of the table exists."""
    gateway.refusals["CreateUpload"] = [BadPhoto(reasons.REASON_TOO_LARGE, "at most 20 MB")]

    assert "at most 20 MB (TOO_LARGE)" == code["sent"](client, [jpeg(1)])
    assert "photo 1 is no JPEG, PNG, WebP or HEIC (UNSUPPORTED_FORMAT)" == code["sent"](client, [b"GIF89a"])
    table = PAGE[PAGE.index("| class |") : PAGE.index("`Exhausted` with a hint")]
    named = {name for row in table.splitlines() for name in re.findall(r"`([A-Z][A-Za-z]+)`", row)}
    assert named <= set(errors.__all__)
    assert {"BadRequest", "BadPhoto", "NotFound", "Exhausted", "ReceiptRefused"} <= named


def test_forgotten_with_proof(code: dict[str, Any], address: str, tmp_path: Path) -> None:
    """What is archived is what the command verifies."""
    key, archive = tmp_path / "operator.key", tmp_path / "receipt.json"
    key.write_text(RAW.hex())
    code["forget"](address, "k", "tenants/local/jobs/j1", key, archive)

    assert 0 == CliRunner().invoke(app, ["receipts", "verify", str(archive), "--key", str(key)]).exit_code


def test_the_command_is_one_that_exists(address: str, tmp_path: Path) -> None:
    """As it stands on the page, with a server on this machine."""
    (line,) = re.findall(r"^likeness (shoot .*)$", PAGE, re.MULTILINE)
    (tmp_path / "selfie.jpg").write_bytes(jpeg(3))
    command = [sys.executable, "-m", "likeness_client", *line.split(), "--server", address]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "3 of 4 kept" in done.stdout, done.stderr
    assert (tmp_path / "pictures" / "contact-sheet.html").exists()
