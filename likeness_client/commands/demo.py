"""`likeness demo`, which is `make demo`: the main job from nothing, in a minute or two."""

import asyncio
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from likeness_client.demo import proof
from likeness_client.demo.photo import demo_photo
from likeness_client.demo.show import LARGE, Demo, introduce, show
from likeness_client.failure import CommandFailed
from likeness_client.folders import models_folder
from likeness_client.output import human_span, show_json
from likeness_client.sheet.record import record
from likeness_client.shooting import RECORD, SHEET
from likeness_client.stack.addresses import FILE_NAME
from likeness_client.stack.attendant import PartFailed
from likeness_client.stack.logs import JsonLog
from likeness_client.stack.profiles import Place, Profile, parts_of, threads_here
from likeness_client.stack.session import Session, claimed

app = typer.Typer(add_completion=False, help="The main job from nothing.")

_LOG, _PHOTO, _DATA = "stack.log", "photo.png", "data"


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for what it makes.")] = Path("out"),
    long_side: Annotated[int, typer.Option(min=1024, max=3840, help="How large the large one: 3840 is 4K.")] = 2048,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON at the end.")] = False,
) -> None:
    """Start the embedded stack on free ports, send the public-domain demo photo, show what happens, leave pictures and
    contact sheets in a folder, one picture large, delete both jobs, stop, and check the receipts offline."""
    began, console = time.monotonic(), Console(stderr=as_json, highlight=False)
    introduce(console)
    plan = _plan(out, long_side)
    with (out / _LOG).open("w") as file, _vanishing(plan.session.place.data):
        try:
            shown = asyncio.run(show(plan, console, JsonLog(file)))
        except PartFailed as error:
            raise CommandFailed(f"{error}; {out / _LOG} has the whole story") from None
    _conclude(out, console)
    console.print(f"\nAll of it took {human_span(timedelta(seconds=time.monotonic() - began))}.")
    if as_json:
        show_json({"pictures": record(shown.small), "large": record(shown.large)})


def _plan(out: Path, long_side: int) -> Demo:
    out.mkdir(parents=True, exist_ok=True)
    for folder in (out, out / LARGE):
        _clear(folder)
    photo = out / _PHOTO
    photo.write_bytes(demo_photo())
    place = Place(out / _DATA, models_folder(), threads_here(), free_ports=True)
    parts = tuple(parts_of(Profile.EMBEDDED, place))
    return Demo(Session(Profile.EMBEDDED, place, parts, place.data / FILE_NAME), photo, out, long_side)


def _clear(folder: Path) -> None:
    """Takes away the pictures that a demo before has left, and nothing else."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        for picture in json.loads((folder / RECORD).read_text())["pictures"]:
            (folder / Path(picture["file"]).name).unlink(missing_ok=True)


@contextmanager
def _vanishing(data: Path) -> Iterator[None]:
    """The folder is gone at the end, whatever that is like; unless somebody could still be in it."""
    with claimed(data):
        try:
            yield
        finally:
            if not (left := proof.ciphertexts(data)):
                shutil.rmtree(data)
    if left:
        raise CommandFailed(f"{left} ciphertexts are left in {data}; the next demo begins with erasing them")


def _conclude(out: Path, console: Console) -> None:
    for verdict in proof.receipts(out):
        told = verdict.statement
        count = sum(pile.count for pile in told.objects)
        early = human_span(told.hard_expire_time.ToDatetime() - told.verify_absent_time.ToDatetime())
        console.print(f"  receipt {told.sequence} holds: {count} objects gone, {early} before their deadline")
    console.print("  checked by signature, with nothing running; no ciphertext and no key is left")
    console.print("\n[bold]Look at[/]")
    for page in (out / SHEET, out / LARGE / SHEET):
        console.print(f"  {page}", soft_wrap=True)
