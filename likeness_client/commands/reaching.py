"""What commands share that speak to a gateway: where it is, who calls, and how failures are told."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from likeness.common.v1 import reason_pb2 as reasons

from likeness_client.access import Tls
from likeness_client.aio import AsyncLikeness
from likeness_client.errors import ReceiptRefused, Unauthenticated, Unavailable
from likeness_client.failure import CommandFailed

T = TypeVar("T")

HERE = "127.0.0.1:7400"
KEY_VARIABLE = "LIKENESS_API_KEY"

Server = Annotated[
    str, typer.Option(help="The gateway; by TLS unless it is on this machine.", envvar="LIKENESS_GATEWAY_TARGET")
]
KeyFile = Annotated[
    Path | None,
    typer.Option(help=f"File with an API key or a JWT. Without it: the variable {KEY_VARIABLE}, or no key."),
]
Authorities = Annotated[
    Path | None,
    typer.Option(
        "--ca", help="PEM of those who vouch for the gateway. Default: well-known ones.", envvar="LIKENESS_GATEWAY_CA"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def client(server: str, key_file: Path | None, authorities: Path | None) -> AsyncLikeness:
    """A client of that gateway; CommandFailed where it cannot be one."""
    tls: Tls = authorities
    try:
        key = key_file.read_text().strip() if key_file else os.environ.get(KEY_VARIABLE)
        return AsyncLikeness(server, key=key or None, tls=tls)
    except OSError as error:
        raise CommandFailed(f"{key_file}: {error.strerror}") from None
    except ValueError as error:
        raise CommandFailed(str(error)) from None


def run(work: Coroutine[Any, Any, T], server: str) -> T:
    """What comes of it. Failures that a person can do something about are told in their words."""
    try:
        return asyncio.run(_until_told(work))
    except asyncio.CancelledError:
        raise CommandFailed("it was told to stop") from None
    except Unavailable as error:
        if error.reason != reasons.REASON_PEER_UNAVAILABLE:
            raise
        how = "; `likeness up` starts one" if server == HERE else ""
        raise CommandFailed(f"no gateway answers at {server}{how} ({error.message})") from None
    except Unauthenticated as error:
        raise CommandFailed(f"{error.message}; --key-file or {KEY_VARIABLE} says who calls") from None
    except ReceiptRefused as error:
        raise CommandFailed(str(error)) from None
    except OSError as error:
        raise CommandFailed(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from None


async def _until_told(work: Coroutine[Any, Any, T]) -> T:
    """SIGTERM, and the terminal that goes away, end it as Ctrl-C does: what has to be tidied up is."""
    doing = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        with suppress(NotImplementedError, RuntimeError):  # not everywhere, and only in the main thread
            asyncio.get_running_loop().add_signal_handler(number, doing.cancel)
    return await doing


async def job_named(likeness: AsyncLikeness, text: str) -> str:
    """The name itself, or that of the only job whose id begins so."""
    if "/" in text:
        return text
    found = [job.name async for job in likeness.jobs() if job.id.startswith(text)]
    if len(found) != 1:
        raise CommandFailed(f"{len(found)} jobs begin with {text}" if found else f"no job begins with {text}")
    return found[0]
