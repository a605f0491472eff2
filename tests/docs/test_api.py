"""docs/api.md: its code runs as it stands, in its order, against a gateway; its table is that of the code."""

import ast
import asyncio
import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from likeness.common.v1.reason_pb2 import Reason

from gateway.api import reference
from likeness_client import errors
from likeness_wire.errors import TABLE, name_of
from tests.gateway.api.front import open_front
from tests.gateway.http.web import open_web
from tests.likeness_client.script import jpeg
from tests.stand_ins import standing

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")
ADDRESS = "127.0.0.1:7400"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


async def run(code: str, names: dict[str, Any]) -> None:
    """As in an interactive session, where `await` may stand anywhere."""
    compiled = compile(code, "docs/api.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(compiled, names)
    if inspect.iscoroutine(result):
        await result


async def test_the_whole_journey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From photos to a receipt."""
    (tmp_path / "selfie.jpg").write_bytes(jpeg(3))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    async with standing() as services, open_front(tmp_path / "data", services, auth="local", styles_file=None) as front:
        for block in blocks("python"):
            await run(block.replace(ADDRESS, f"127.0.0.1:{front.shell.grpc_port}"), names)

    shown = capsys.readouterr().out
    assert "STATE_SUCCEEDED 3 of 3" in shown
    assert "StatusCode.NOT_FOUND it existed and has been forgotten" in shown
    assert 3 == len(services.generator.renders)


async def test_the_gateway_describes_itself(tmp_path: Path) -> None:
    """To whoever has the contracts."""
    (command,) = [block for block in blocks("sh") if block.startswith("buf curl")]
    buf = shutil.which("buf", path=str(Path(sys.executable).parent))
    assert buf is not None
    async with standing() as services, open_front(tmp_path / "data", services, auth="local", reflection=True) as front:
        arguments = command.replace(ADDRESS, f"127.0.0.1:{front.shell.grpc_port}").replace("\\\n", " ").split()[1:]
        process = await _finished([buf, *arguments])
    assert 0 == process.returncode, process.stderr
    assert '"embedder"' in process.stdout


async def test_the_whole_journey_with_curl(tmp_path: Path) -> None:
    """The same, by the shell's means."""
    (tmp_path / "selfie.jpg").write_bytes(jpeg(3))
    (section,) = re.findall(r"^## With curl\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    script = "set -euo pipefail\n" + "".join(re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL))
    told = {"auth": "local", "styles_file": None}
    async with (
        standing() as services,
        open_front(tmp_path / "data", services, **told) as front,
        open_web(front, **told) as web,
    ):
        script = script.replace("127.0.0.1:7480", f"127.0.0.1:{web.port}")
        process = await _finished(["bash", "-c", script], cwd=tmp_path)

    assert 0 == process.returncode, process.stderr
    assert "embedder true" in process.stdout
    assert '"STATE_SUCCEEDED"' in process.stdout
    assert "event: status" in process.stdout
    assert process.stdout.count("\nid: 4\n") >= 2
    assert "\n100\n" in process.stdout
    assert "5 it existed and has been forgotten EXPIRED" in process.stdout
    assert (tmp_path / "1.jpg").read_bytes() != (tmp_path / "1-small.jpg").read_bytes()


def test_the_table_is_up_to_date() -> None:
    """It is written by a command, not by hand."""
    assert reference.table() in PAGE, "put the output of `python -m gateway.api.reference` into docs/api.md"


def test_no_reason_is_missing() -> None:
    """Each that the API can answer with has advice; the others are named."""
    carried = {name_of(reason) for row in TABLE.values() for reason in row.reasons}
    assert carried == set(reference.ADVICE) | reference.BETWEEN_SERVICES
    assert {name_of(number) for number in Reason.values() if number} == carried


def test_the_exceptions_are_the_clients() -> None:
    """By the names that the page uses."""
    for name in re.findall(r"\| `([A-Z][a-z]\w+)` \|", reference.table()):
        assert hasattr(errors, name), name


def test_every_variable_is_read() -> None:
    """By the gateway."""
    printed = subprocess.run(
        [sys.executable, "-m", "gateway", "--print-config"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for variable in re.findall(r"LIKENESS_[A-Z_]+", PAGE):
        assert f"{variable}=" in printed, variable


async def _finished(command: list[str], cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(subprocess.run, command, cwd=cwd, capture_output=True, text=True, timeout=60)
