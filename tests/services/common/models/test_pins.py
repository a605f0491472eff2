"""The pin file: written whole, read strictly."""

import json
from pathlib import Path

import pytest

from services.common.models.pins import PIN_FILE, Origin, Pin, Pins
from services.common.startup import StartupError

PIN = Pin("a" * 64, Origin.FETCHED)


def test_a_pin_is_there_for_the_next_process(models_dir: Path) -> None:
    """It is a file."""
    Pins(models_dir).set("m/a.bin", PIN)

    assert PIN == Pins(models_dir).get("m/a.bin")


def test_pins_of_others_are_kept(models_dir: Path) -> None:
    """Two fetches at once pin different models."""
    one, other = Pins(models_dir), Pins(models_dir)
    one.set("m/a.bin", PIN)
    other.set("n/b.bin", PIN)

    assert {"m/a.bin", "n/b.bin"} == json.loads((models_dir / PIN_FILE).read_text()).keys()


def test_the_pin_file_is_readable_for_the_user_that_serves(models_dir: Path) -> None:
    """Who fetches and who serves are different users in a cluster."""
    Pins(models_dir).set("m/a.bin", PIN)

    assert 0o644 == (models_dir / PIN_FILE).stat().st_mode & 0o777


@pytest.mark.parametrize(
    "damaged",
    ["", "[]", '{"a": 1}', '{"a": {"sha256": "x", "origin": "fetched"}}', '{"a": {"origin": "fetched"}}'],
)
def test_a_damaged_pin_file_stops_the_process(models_dir: Path, damaged: str) -> None:
    """Taking it for empty would drop a check silently."""
    (models_dir / PIN_FILE).write_text(damaged)

    with pytest.raises(StartupError, match=f"{PIN_FILE} is damaged"):
        Pins(models_dir)


def test_without_a_directory_nothing_can_be_pinned() -> None:
    """And nothing is found."""
    assert Pins(None).get("m/a.bin") is None
    with pytest.raises(StartupError, match="no models directory"):
        Pins(None).set("m/a.bin", PIN)
