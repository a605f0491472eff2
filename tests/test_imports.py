"""Imports point one way: service → services.common → likeness_wire → stubs."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("likeness_wire", "likeness_client", "services", "gateway", "bench")
MODULES = sorted(path for folder in OURS for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)
SHARED_BY_SERVICES = {"common", "faces"}
# Everything a model needs to say what is wrong with its input; the rest of the wire is not its business.
FOR_MODELS = {"likeness_wire.errors", "likeness.common.v1", "likeness.common.v1.reason_pb2"}


def _imports(path: Path) -> Iterator[str]:
    """Full names of what a module imports, at once or later."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _forbidden(path: Path) -> Iterator[str]:
    here = path.relative_to(ROOT).parts
    for name in _imports(path):
        there = name.split(".")
        if here[0] == "likeness_wire" and there[0] in OURS and there[0] != "likeness_wire":
            yield name
        if here[0] == "services" and there[0] in {"gateway", "likeness_client", "bench"}:
            yield name
        if here[0] == "services" and there[0] == "services" and len(there) > 1:
            allowed = {here[1], "common"} | (SHARED_BY_SERVICES if here[1] != "common" else set())
            if there[1] not in allowed:
                yield name
        if here[0] == "gateway" and there[:1] == ["services"] and there[1] != "common":
            yield name


@pytest.mark.parametrize("path", MODULES, ids=_ids)
def test_no_import_points_the_wrong_way(path: Path) -> None:
    """No service imports another; the wire imports none of them; the gateway only calls them."""
    assert list(_forbidden(path)) == []


def test_the_client_is_light() -> None:
    """Its library and its command start without a service, a tensor or a picture; subcommands import when called."""
    heavy = ["services", "gateway", "torch", "numpy", "PIL", "insightface"]
    allowed = {"services", "services.common", "services.common.startup"}  # one exception class
    code = "import sys, likeness_client.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {name for name in loaded.split() if name.split(".")[0] in heavy} - allowed == set()


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in MODULES
        if (path.parts[-3] == "services" and path.name in {"model.py", "engine.py", "ops.py"})
        or ("faces" in path.parts and path.parts[-3] == "services")
    ],
    ids=_ids,
)
def test_model_code_knows_no_transport(path: Path) -> None:
    """A model can be used from a notebook: no grpc, no messages, no event loop."""
    transport = ("grpc", "google", "asyncio", "likeness.", "likeness_wire")

    assert [name for name in _imports(path) if name.startswith(transport) and name not in FOR_MODELS] == []
