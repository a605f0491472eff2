"""The key that binds what callers bring back."""

from pathlib import Path

import pytest

from gateway.api.binding import Binding, load_binding
from services.common.startup import StartupError


def test_a_key_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    """Whoever starts later finds the same one."""
    path = tmp_path / "new" / "binding.key"

    first, again = load_binding(path, create=True), load_binding(path, create=True)

    assert first.digest("page", "a") == again.digest("page", "a")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [path] == list(path.parent.iterdir())


def test_parts_do_not_run_into_one_another() -> None:
    """Nor do purposes, nor keys."""
    binding = Binding(bytes(32))

    digests = {
        binding.digest("page", "ab", "c"),
        binding.digest("page", "a", "bc"),
        binding.digest("page", "abc"),
        binding.digest("pagea", "bc"),
        binding.digest("request", "ab", "c"),
        Binding(bytes(31) + b"1").digest("page", "ab", "c"),
    }

    assert 6 == len(digests)


@pytest.mark.parametrize("content", ["", "c2hvcnQ=", "not base64 at all!", "A" * 200])
def test_another_file_stops_the_start(tmp_path: Path, content: str) -> None:
    """With the variable, and how to make one."""
    path = tmp_path / "binding.key"
    path.write_text(content)

    with pytest.raises(StartupError, match=r"LIKENESS_BINDING_KEY_FILE.*openssl rand"):
        load_binding(path, create=False)


def test_a_key_that_is_missing_is_not_made_up(tmp_path: Path) -> None:
    """Where somebody said that there is one."""
    with pytest.raises(StartupError, match="cannot be read"):
        load_binding(tmp_path / "binding.key", create=False)
