"""What `likeness demo` does, in order, told as it happens."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from likeness_client import AsyncLikeness, Consent, Order, Wishes
from likeness_client.demo.photo import CREDIT
from likeness_client.failure import CommandFailed
from likeness_client.output import human_size
from likeness_client.sheet.roll import Roll
from likeness_client.shooting import Shoot, Shooting
from likeness_client.stack.logs import Log
from likeness_client.stack.memory import held_bytes
from likeness_client.stack.session import Session, forget, started
from likeness_client.stack.stack import Stack

STYLES = ("corporate", "outdoor", "creative")
# The first picture of the first style is made twice, as it is and large.
_SEED = 7
LARGE = "large"
KEYS = "server.key"


@dataclass(frozen=True, slots=True)
class Demo:
    """`photo` lies in `out`, which gets everything that is left in the end."""

    session: Session
    photo: Path
    out: Path
    long_side: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of it."""

    small: Roll
    large: Roll


async def show(demo: Demo, console: Console, log: Log) -> Shown:
    """Whatever ends it early, the stack is gone afterwards, and what it held."""
    try:
        async with _stack(demo, console, log) as stack, AsyncLikeness(stack.addresses["gateway"].grpc) as likeness:
            await _note_keys(likeness, demo.out)
            return await stack.during(_both(demo, likeness, console))
    finally:
        await forget(demo.session, log)


async def _both(demo: Demo, likeness: AsyncLikeness, console: Console) -> Shown:
    _head(console, f"{len(STYLES)} pictures, each measured against the photo")
    orders = [Order(style, seed=_SEED) for style in STYLES]
    small = await _shot(demo, likeness, console, orders, Wishes(interactive=True), demo.out)
    _head(console, f"one of them, {demo.long_side} pixels high, by the real network; measured again afterwards")
    wishes = Wishes(interactive=True, long_side=demo.long_side)
    return Shown(small, await _shot(demo, likeness, console, orders[:1], wishes, demo.out / LARGE))


async def _shot(
    demo: Demo, likeness: AsyncLikeness, console: Console, orders: list[Order], wishes: Wishes, out: Path
) -> Roll:
    """Pictures in the folder; nothing is left at the gateway, and the receipt has been checked."""
    began = time.monotonic()
    roll = await Shooting(likeness, Shoot([demo.photo], orders, wishes, _consent, out, keep=False), console).run()
    if not roll.job.results:
        raise CommandFailed(f"no picture was kept: {roll.job.problem}")
    for result in roll.job.results:
        drift = f"drift {result.drift}" if result.drift else "not measured"
        _tell(console, f"{out / roll.files[result.name]}  {result.size}, {human_size(result.size_bytes)}, {drift}")
    _tell(console, f"made and forgotten in {time.monotonic() - began:.1f} s")
    return roll


@asynccontextmanager
async def _stack(demo: Demo, console: Console, log: Log) -> AsyncIterator[Stack]:
    names = ", ".join(part.name for part in demo.session.parts)
    _head(console, f"starting {names}")
    began = time.monotonic()
    async with started(demo.session, log) as stack:
        held = held_bytes(list(stack.pids.values()))
        memory = f", holding {human_size(held)} of memory" if held else ""
        _tell(console, f"ready in {time.monotonic() - began:.1f} s{memory}; their log is {demo.out / 'stack.log'}")
        yield stack
        _head(console, "stopping; whatever might be left is erased")


async def _note_keys(likeness: AsyncLikeness, out: Path) -> None:
    """So that receipts can be checked when nothing runs any more."""
    server = await likeness.server()
    (out / KEYS).write_text(server.receipt_keys[0].public_key.hex() + "\n")


def _consent(policy: str | None) -> Consent:
    """The photo is in the public domain, and says who it shows."""
    return Consent.authorised(
        reference="nasa-public-domain",
        purpose="showing what Likeness does",
        policy_version=policy or "none",
        given=datetime.now(UTC),
    )


def _head(console: Console, text: str) -> None:
    console.print(f"\n[bold]{text}[/]")


def _tell(console: Console, text: str) -> None:
    console.print(f"  {text}", markup=False, soft_wrap=True)


def introduce(console: Console) -> None:
    console.print("[bold]Likeness[/]: pictures that measurably are that person, who is forgotten afterwards.")
    console.print(f"The photo: {CREDIT}.")
