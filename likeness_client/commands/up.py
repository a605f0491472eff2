"""`likeness up`: the whole of Likeness on this machine, until Ctrl-C."""

import asyncio
import signal
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from likeness_client.failure import CommandFailed
from likeness_client.folders import data_folder, models_folder
from likeness_client.output import human_size
from likeness_client.stack import addresses
from likeness_client.stack.attendant import PartFailed
from likeness_client.stack.logs import JsonLog, Log, ShownLog
from likeness_client.stack.memory import held_bytes
from likeness_client.stack.profiles import Place, Profile, changed, parts_of, replicated, threads_here
from likeness_client.stack.session import Session, claimed, forget, started
from likeness_client.stack.stack import Stack

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ports(StrEnum):
    """USUAL are those of every Likeness: the gateway 7400 and 7480, behind it 7410 to 7440, metrics 7490 to 7494."""

    USUAL = "usual"
    FREE = "free"


def up(
    profile: Annotated[Profile, typer.Option(help="embedded, tiny (abstract pictures) or gpu.")] = Profile.EMBEDDED,
    data: Annotated[Path | None, typer.Option(help="Folder for ciphertext, keys, jobs. Default: ~/.likeness.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Erase nothing at the end: all lives to its deadline.")] = False,
    models: Annotated[Path | None, typer.Option(help="The models directory, for gpu.")] = None,
    ports: Annotated[Ports, typer.Option(help="usual: 7400 and so on. free: whatever is free.")] = Ports.USUAL,
    addresses_file: Annotated[
        Path | None, typer.Option("--addresses", help="Where to write what listens where. Default: DATA/stack.json.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="PART.VARIABLE=VALUE", help="Change one variable; repeatable.")
    ] = None,
    replicas: Annotated[
        list[str] | None, typer.Option(metavar="PART=NUMBER", help="Several of one part, called by turns; repeatable.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only this part; repeatable.", metavar="PART")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every line of the log.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The log as JSON lines, complete.")] = False,
) -> None:
    """Run the whole of Likeness here: gateway and services as child processes, with one log. Ctrl-C lets work in flight
    end, erases everything and stops; a second one stops at once. No process is left behind, even by SIGKILL."""
    folder = data_folder(data)
    place = Place(folder, models_folder(models), threads_here(), free_ports=ports is Ports.FREE)
    parts = changed(parts_of(profile, place), settings or [])
    chosen = tuple(part for part in replicated(parts, replicas or []) if not only or part.kind in only)
    session = Session(profile, place, chosen, addresses_file or folder / addresses.FILE_NAME, keep)
    log: Log = JsonLog() if as_json else ShownLog([part.name for part in chosen], verbose=verbose)
    with claimed(folder):
        asyncio.run(_run(session, log))


async def _run(session: Session, log: Log) -> None:
    loop, failure = asyncio.get_running_loop(), None
    standing = asyncio.ensure_future(_stand(session, log))
    for number in _SIGNALS:
        loop.add_signal_handler(number, standing.cancel)
    try:
        await standing
    except asyncio.CancelledError:
        log.said("stopped")
    except PartFailed as error:
        failure = error
    if session.erases:
        erasing = asyncio.ensure_future(forget(session, log))
        for number in _SIGNALS:
            loop.add_signal_handler(number, erasing.cancel)
        await _patiently(erasing)
    if failure is not None:
        raise CommandFailed(str(failure)) from None


async def _stand(session: Session, log: Log) -> None:
    async with started(session, log) as stack:
        _announce(session, stack, log)
        try:
            await stack.failure()
        except asyncio.CancelledError:
            log.said("draining; Ctrl-C again stops at once")
            raise


async def _patiently(erasing: "asyncio.Future[Mapping[str, int]]") -> None:
    try:
        await erasing
    except asyncio.CancelledError:
        raise CommandFailed("not everything is erased; `likeness up` on this folder begins with it") from None


def _announce(session: Session, stack: Stack, log: Log) -> None:
    held = held_bytes(list(stack.pids.values()))
    log.said(f"profile {session.profile} stands" + (f", holding {human_size(held)} of memory" if held else ""))
    if gateway := stack.addresses.get("gateway"):
        log.said(f"in a browser: http://{gateway.http}/")
        log.said(f"gateway on {gateway.grpc}, metrics on http://{gateway.metrics}/metrics")
    if _wants_keys(session):
        log.said(f"it wants keys: LIKENESS_DATA_DIR={session.place.data} likeness keys create TENANT")
    log.said(f"addresses in {session.addresses_file}, data in {session.place.data}")
    log.said("Ctrl-C drains and stops it" + (", and erases everything" if session.erases else "; data is kept"))


def _wants_keys(session: Session) -> bool:
    return any(part.variables.get("AUTH") == "required" for part in session.parts)


app = typer.Typer()
app.command()(up)
