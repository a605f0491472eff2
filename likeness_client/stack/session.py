"""A stack from nothing to nothing: folder, leftovers of a run that was killed, models, processes, and the end."""

import fcntl
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from likeness_client.failure import CommandFailed
from likeness_client.stack import addresses
from likeness_client.stack.addresses import Addresses
from likeness_client.stack.environment import environment
from likeness_client.stack.lines import Line
from likeness_client.stack.logs import Log
from likeness_client.stack.process import Process
from likeness_client.stack.profiles import GATEWAY, Part, Place, Profile, tiny_models
from likeness_client.stack.stack import Stack, standing

# Lies in the data folder while what it holds is to be erased at the end. Who finds it there begins with that.
_MARK = "erase-me"
_LOCK = "stack.lock"


@dataclass(frozen=True, slots=True)
class Session:
    """One stack in its folder. `keep`: what it holds outlives it, until its deadlines."""

    profile: Profile
    place: Place
    parts: tuple[Part, ...]
    addresses_file: Path
    keep: bool = False

    @property
    def erases(self) -> bool:
        """Whether there is something to erase at the end: services alone hold nothing."""
        return not self.keep and any(part.name == GATEWAY for part in self.parts)

    @property
    def surroundings(self) -> "partial[dict[str, str]]":
        return partial(environment, threads=self.place.threads)


@contextmanager
def claimed(data: Path) -> Iterator[None]:
    """The folder is this stack's alone. CommandFailed where another stands there."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandFailed(f"another stack stands on {data}: stop it, or say --data") from None
        yield


@asynccontextmanager
async def started(session: Session, log: Log) -> AsyncIterator[Stack]:
    """Ready, with its addresses written. What a killed run left behind is erased before anything serves."""
    await make_ready(session, log)
    mark = session.place.data / _MARK
    if session.erases:
        mark.touch()
    async with standing(session.parts, session.surroundings, log) as stack:
        try:
            addresses.write(session.addresses_file, _of(session, stack))
            yield stack
        finally:
            addresses.remove(session.addresses_file)


async def make_ready(session: Session, log: Log) -> None:
    """What has to be so before the first process starts."""
    addresses.remove(session.addresses_file)
    if (session.place.data / _MARK).exists():
        log.said("erasing what a run that was killed has left behind")
        await forget(session, log)
    if session.profile is Profile.TINY and not (tiny_models(session.place) / "models.lock").exists():
        log.said("making small random weights")
        await _make_tiny(session)


async def forget(session: Session, log: Log) -> Mapping[str, int]:
    """Everything in the data folder, with receipts. CommandFailed where it could not be confirmed."""
    variables = {"DATA_DIR": str(session.place.data), "LOG_LEVEL": "WARNING"}
    done = await _run("likeness_client.stack.forgetting", session, variables)
    try:
        told: dict[str, int] = json.loads(done[-1])
    except (IndexError, ValueError):
        raise CommandFailed(f"not everything was erased: {' '.join(done) or 'no reason given'}") from None
    if told["unconfirmed"] or told["remaining_objects"]:
        raise CommandFailed("not everything is confirmed to be gone; `likeness up` on this folder goes on with it")
    (session.place.data / _MARK).unlink(missing_ok=True)
    log.said(f"erased: {told['objects']} objects, {told['size_bytes']} bytes; {told['receipts']} receipts signed")
    return told


async def _make_tiny(session: Session) -> None:
    done = await _run("likeness_client.stack.tiny_weights", session, {"MODELS_DIR": str(tiny_models(session.place))})
    if not (tiny_models(session.place) / "models.lock").exists():
        raise CommandFailed(f"the small random weights could not be made: {' '.join(done) or 'no reason given'}")


async def _run(module: str, session: Session, variables: Mapping[str, str]) -> list[str]:
    """A process that does one thing and ends. What it said in plain words."""
    words: list[str] = []

    def hear(line: Line) -> None:
        if line.level == "PLAIN":
            words.append(line.message)

    process = await Process.start(module, session.surroundings(variables), hear)
    try:
        await process.ended()
    finally:
        await process.kill()
    return words


def _of(session: Session, stack: Stack) -> Addresses:
    return Addresses(
        profile=str(session.profile),
        pid=os.getpid(),
        data=session.place.data.resolve(),
        grpc={name: address.grpc for name, address in stack.addresses.items()},
        metrics={name: address.metrics for name, address in stack.addresses.items()},
        pids=stack.pids,
        http={name: address.http for name, address in stack.addresses.items() if address.http},
    )
