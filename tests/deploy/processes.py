"""Which program a container runs, with the settings that it would have."""

import importlib
import inspect
import os
from dataclasses import dataclass
from typing import Any

import pytest

from likeness_client.main import imported
from services.common.settings import ProcessSettings, load, unread_variables
from tests.deploy.rendering import Manifest, Pod, pods, variables

_SECRETS = {
    "database-url": "postgresql+psycopg://likeness:secret@jobs-database/likeness",
    "key-database-url": "postgresql+psycopg://likeness:secret@keys-database/likeness",
}
_CLASSES = {"gateway.retention.audit": "gateway.retention.settings"}


@dataclass(frozen=True, slots=True)
class Process:
    """A container of ours. `module`: what `python -m` is given."""

    pod: Pod
    container: Manifest
    module: str
    variables: dict[str, str]

    @property
    def is_command(self) -> bool:
        return self.module == "likeness_client"

    def settings_class(self) -> type[ProcessSettings]:
        module = importlib.import_module(_CLASSES.get(self.module, f"{self.module}.settings"))
        own = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == module.__name__]
        (kind,) = [kind for kind in own if issubclass(kind, ProcessSettings)]
        return kind

    def settings(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Read as the process reads them. Whatever it would not read fails the test."""
        for name, value in self.variables.items():
            monkeypatch.setenv(name, value)
        kind = self.settings_class()
        assert unread_variables(kind) == {}
        return load(kind)


def processes(name: str) -> list[Process]:
    """Of an overlay, in order. Databases and stores of others are none of ours."""
    found = []
    for pod in pods(name):
        for container in pod.containers:
            if container.get("args", [""])[0] == "-m":
                told = {key: _plain(value) for key, value in variables(name, container).items()}
                found.append(Process(pod, container, container["args"][1], told))
    return found


def service(name: str, called: str) -> Process:
    (found,) = [process for process in processes(name) if process.pod.name == called]
    return found


def command_variables(args: list[str]) -> set[str]:
    """Those that a `likeness` command reads, once it has taken its arguments."""
    words = list(args)
    command: Any = imported(words.pop(0))
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    command.make_context(command.name, words)
    return {str(option.envvar) for option in command.params if option.envvar}


def _plain(value: str) -> str:
    return _SECRETS.get(value.rpartition("/")[2], "secret") if value.startswith("secret:") else value


def clear(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("LIKENESS_"):
            monkeypatch.delenv(name)
