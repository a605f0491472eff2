"""Settings from the environment."""

import pytest
from pydantic import Field, SecretStr

from services.common.settings import ProcessSettings, Seconds, described, load, unread_variables
from services.common.startup import StartupError


class Settings(ProcessSettings):
    """A process with a secret and a required value."""

    token: SecretStr = Field(SecretStr("none"), description="A secret.")
    wait_s: Seconds = Field(3, description="A span.")


def test_a_variable_overrides_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """LIKENESS_ and the name in capitals."""
    monkeypatch.setenv("LIKENESS_WAIT_S", "4.5")

    assert load(Settings).wait_s == 4.5


@pytest.mark.parametrize(
    ("name", "value"),
    [("WAIT_S", "soon"), ("WAIT_S", "-1"), ("GRPC_PORT", "70000"), ("COMPUTE_THREADS", "0"), ("LOG_LEVEL", "LOUD")],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The operator reads which variable to change, and never the value: it may be a secret."""
    monkeypatch.setenv(f"LIKENESS_{name}", value)

    with pytest.raises(StartupError) as caught:
        load(Settings)

    line = str(caught.value)
    assert line.startswith(f"LIKENESS_{name}: ")
    assert "\n" not in line
    assert value not in line


def test_the_printed_settings_are_an_environment_file_with_secrets_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable with its description; a secret shows neither itself nor its length."""
    monkeypatch.setenv("LIKENESS_TOKEN", "hunter2")
    text = described(load(Settings))

    assert "# A span.\nLIKENESS_WAIT_S=3.0" in text
    assert "LIKENESS_TOKEN=********" in text
    assert "hunter2" not in text + repr(load(Settings))


def test_settings_cannot_change_later() -> None:
    """What was read at the start is what holds."""
    with pytest.raises(ValueError, match="frozen"):
        load(Settings).wait_s = 9  # type: ignore[misc]


def test_a_misspelt_variable_is_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not an error, since processes may share an environment, but not silence either."""
    monkeypatch.setenv("LIKENESS_WAITS", "4")

    assert unread_variables(Settings) == {"LIKENESS_WAITS": "LIKENESS_WAIT_S"}


def test_every_setting_is_described() -> None:
    """--print-config explains itself."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
