"""Where a stack listens, as a JSON file for other commands and for tests."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from likeness_client.failure import CommandFailed

FILE_NAME = "stack.json"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Of one stack that stands."""

    profile: str
    pid: int
    data: Path
    grpc: Mapping[str, str]
    metrics: Mapping[str, str]
    pids: Mapping[str, int]
    http: Mapping[str, str] = field(default_factory=dict)

    @property
    def gateway(self) -> str | None:
        """None where the stack has none."""
        return self.grpc.get("gateway")


def write(path: Path, addresses: Addresses) -> None:
    """In one piece: who finds the file finds all of it."""
    content = {
        "profile": addresses.profile,
        "pid": addresses.pid,
        "data": str(addresses.data),
        "grpc": dict(addresses.grpc),
        "metrics": dict(addresses.metrics),
        "pids": dict(addresses.pids),
        "http": dict(addresses.http),
    }
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    part.replace(path)


def read(path: Path) -> Addresses:
    """CommandFailed where no stack has written there, or the one that did is gone."""
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        found = Addresses(**{**told, "data": Path(told["data"])})
    except (OSError, ValueError, KeyError, TypeError):
        raise CommandFailed(f"{path} names no running stack; start one with `likeness up`") from None
    if not _lives(found.pid):
        raise CommandFailed(f"{path} is of a stack that has ended; start one with `likeness up`")
    return found


def remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
