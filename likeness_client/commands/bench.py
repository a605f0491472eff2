"""`likeness bench`: what a gateway does under load, and where the time goes."""

import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from likeness_client import AsyncLikeness, Consent, Order, Wishes
from likeness_client.commands.reaching import HERE, Authorities, Json, KeyFile, Server, client, run
from likeness_client.demo.photo import demo_photo
from likeness_client.failure import CommandFailed
from likeness_client.load import run as load
from likeness_client.load.job import Errand
from likeness_client.load.levels import levels
from likeness_client.load.page import page
from likeness_client.load.quantiles import Quantiles
from likeness_client.load.summary import LevelSummary, summarised
from likeness_client.output import show_json, show_table
from likeness_client.values.server import ServerInfo
from likeness_client.values.words import Tier

app = typer.Typer(add_completion=False, help="What a gateway does under load.")

# Enough for a p90 that means something; p99 is then the slowest.
_JOBS_A_LEVEL = 16


@app.command()
def bench(
    concurrency: Annotated[str, typer.Option(help="Jobs at a time: 4, or 1:8 for 1, 2, 4 and 8.")] = "1:8",
    jobs: Annotated[int, typer.Option(min=1, help="Jobs for each of them.")] = _JOBS_A_LEVEL,
    photo: Annotated[Path | None, typer.Option(help="A photo. Default: the public-domain demo photo.")] = None,
    consent: Annotated[
        str, typer.Option(metavar="REFERENCE", help="With --photo: your reference to what the person has agreed to.")
    ] = "",
    style: Annotated[str, typer.Option(help="What each job makes.")] = "corporate",
    count: Annotated[int, typer.Option(min=1, help="Pictures of each job.")] = 1,
    long_side: Annotated[int | None, typer.Option(help="Enlarge them to this long side.")] = None,
    accept: Annotated[Tier | None, typer.Option(help="How near a picture has to be: match, strong or locked.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write an HTML report to this file.")] = None,
    server: Server = HERE,
    key_file: KeyFile = None,
    authorities: Authorities = None,
    as_json: Json = False,
) -> None:
    """Run whole jobs against a gateway, photo to receipt, so many at a time, and say how long they took: p50, p90 and
    p99, with waiting, computing and network apart for each stage. Everything is deleted again."""
    steps = levels(concurrency)
    wishes = Wishes(long_side=long_side, accept_tier=accept)
    errand = Errand(_data(photo, consent), [Order(style, count)], _consent(consent), wishes)
    likeness = client(server, key_file, authorities)
    about, found = run(_measure(likeness, errand, steps, jobs, quiet=as_json), server)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page(about, found), "utf-8")
    if as_json:
        show_json({"about": about, "levels": [level.as_json() for level in found]})
    else:
        typer.echo(about)
        show_table(_COLUMNS, [row for level in found for row in _rows(level)])
        if out is not None:
            typer.echo(f"report: {out}")


async def _measure(
    likeness: AsyncLikeness, errand: Errand, steps: list[int], jobs: int, *, quiet: bool
) -> tuple[str, list[LevelSummary]]:
    found: list[LevelSummary] = []
    async with likeness:
        about = _about(await likeness.server(), errand)
        with Progress(console=Console(stderr=True), disable=quiet) as bars:
            row = bars.add_task("", total=jobs * (len(steps)))
            for step in steps:
                bars.update(row, description=f"{step} at a time")
                level = await load.run(likeness, errand, step, jobs, lambda: bars.advance(row))
                if (summary := summarised(level)) is None:
                    raise CommandFailed(f"every job was refused: {', '.join(level.refused)}")
                found.append(summary)
    return about, found


def _about(server: ServerInfo, errand: Errand) -> str:
    engines = ", ".join(
        f"{each.service} {each.served_by.engine} on {each.served_by.device}"
        for each in server.services
        if each.served_by
    )
    made = ", ".join(f"{order.count} {order.style}" for order in errand.orders)
    larger = f", enlarged to {errand.wishes.long_side}" if errand.wishes.long_side else ""
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"{when}. Profile {server.profile}, Likeness {server.version}: {engines}. Each job makes {made}{larger}. "
        f"Measured from {platform.machine()} {platform.system()}, {time.tzname[0]}."
    )


_COLUMNS = ("at a time", "what", ">n", ">p50 s", ">p90 s", ">p99 s", ">queue", ">compute", ">network", ">pictures/min")


def _rows(level: LevelSummary) -> list[tuple[str, ...]]:
    rows: list[tuple[str, str, Quantiles, dict[str, Quantiles] | None, str]] = [
        (str(level.concurrency), "whole job", level.total, None, f"{level.pictures_per_minute:.1f}")
    ]
    rows += [("", name, spent, None, "") for name, spent in level.spans.items()]
    rows += [("", f"  {each.stage}", each.total, each.shares, "") for each in level.stages]
    return [
        (
            *(place, what, str(spent.count)),
            *(f"{value:.2f}" for value in (spent.p50, spent.p90, spent.p99)),
            *([f"{each.p50:.2f}" for each in shares.values()] if shares else [""] * 3),
            rate,
        )
        for place, what, spent, shares, rate in rows
    ]


def _data(photo: Path | None, consent: str) -> bytes:
    if photo is None:
        return demo_photo()
    if not consent:
        raise CommandFailed("--photo wants --consent: your reference to what the person in it has agreed to")
    return photo.read_bytes()


def _consent(reference: str) -> Consent:
    """The demo photo is in the public domain."""
    return Consent.authorised(
        reference=reference or "public-domain",
        purpose="measuring this server",
        policy_version="bench",
        given=datetime.now(UTC),
    )
