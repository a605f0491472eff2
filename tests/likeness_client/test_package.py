"""What other products import."""

import subprocess
import sys
from pathlib import Path

import likeness_client
import likeness_wire

LOADED = "import sys; from likeness_client import {}; print(*sys.modules)"


def loaded(name: str) -> set[str]:
    """Top modules that importing this name brings, in a fresh process."""
    command = [sys.executable, "-c", LOADED.format(name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {module.split(".")[0] for module in done.stdout.split()}


def test_every_name_is_there() -> None:
    """And each is where it says."""
    assert sorted(likeness_client.__all__, key=str.lower) == sorted(set(likeness_client.__all__), key=str.lower)
    for name in likeness_client.__all__:
        assert name in dir(likeness_client)
        assert getattr(likeness_client, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As with any module."""
    assert not hasattr(likeness_client, "Photoshop")


def test_it_is_typed() -> None:
    """Type checkers of other products read its annotations."""
    for package in (likeness_client, likeness_wire):
        assert (Path(package.__path__[0]) / "py.typed").exists()


def test_it_is_light() -> None:
    """No model, tensor or image library, nothing of a server, and nothing for terminals."""
    heavy = {
        "services",
        "gateway",
        "torch",
        "numpy",
        "PIL",
        "pydantic",
        "sqlalchemy",
        "rich",
        "typer",
        "prometheus_client",
    }

    assert heavy & loaded("AsyncLikeness, Consent, Likeness, Order") == set()
    assert "grpc" not in loaded("State")
