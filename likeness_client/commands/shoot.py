"""`likeness shoot`: pictures of a person from photos of that person."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from likeness_client.commands.agreeing import Said
from likeness_client.commands.delete import line_of
from likeness_client.commands.reaching import HERE, Authorities, Json, KeyFile, Server, client, run
from likeness_client.commands.watch import summary
from likeness_client.failure import CommandFailed
from likeness_client.orders import FOUR_K, Order, Wishes
from likeness_client.output import human_size, human_time, show_json, show_table
from likeness_client.sheet.record import record
from likeness_client.sheet.roll import Roll
from likeness_client.shooting import RECORD, SHEET, Shoot, Shooting, check_out
from likeness_client.values.result import Result
from likeness_client.values.words import Kind, State, Tier

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Pictures of a person, from photos of that person.")


class NearEnough(StrEnum):
    """Tiers that can be asked for."""

    MATCH = "match"
    STRONG = "strong"
    LOCKED = "locked"


class Encoding(StrEnum):
    """How pictures can be encoded."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"


@app.command()
def shoot(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="One to three photos of one person.")],
    styles: Annotated[
        list[str], typer.Option("--style", help="A style, as `likeness styles` lists them. May be repeated.")
    ],
    count: Annotated[int, typer.Option(min=1, help="Pictures of each style.")] = 1,
    four_k: Annotated[bool, typer.Option("--4k", help="Enlarge what is kept to 3840 pixels.")] = False,
    long_side: Annotated[int | None, typer.Option(min=1, help="Enlarge it to this long side instead.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for pictures, contact sheet and record.")] = Path("pictures"),
    i_am_this_person: Annotated[
        bool, typer.Option("--i-am-this-person", help="The photos show me, and I want these pictures.")
    ] = False,
    authorised: Annotated[
        str | None,
        typer.Option(metavar="REF", help="The person shown has agreed: an opaque reference to where that is recorded."),
    ] = None,
    agreed: Annotated[
        datetime | None,
        typer.Option(help="With --authorised: when they agreed.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]),
    ] = None,
    purpose: Annotated[str, typer.Option(help="What was agreed to: what the pictures are for.")] = "profile pictures",
    policy: Annotated[
        str | None, typer.Option(help="The policy that was agreed to. Default: the gateway's present one.")
    ] = None,
    accept_tier: Annotated[NearEnough, typer.Option(help="How near a picture has to be.")] = NearEnough.STRONG,
    max_tries: Annotated[
        int | None, typer.Option(min=1, help="Renders of a picture before it is given up. Default: the gateway's.")
    ] = None,
    pose: Annotated[str, typer.Option(help="One of the style's. Default: several in turn.")] = "",
    expression: Annotated[str, typer.Option(help="One of the style's. Default: its own.")] = "",
    words: Annotated[str, typer.Option(help="A few words of your own, where the style takes them.")] = "",
    seed: Annotated[int | None, typer.Option(min=0, help="Where seeds start. Default: drawn at random.")] = None,
    candidates: Annotated[
        int, typer.Option(min=0, help="First try so many seeds small for each style, and start from the nearest.")
    ] = 0,
    encoding: Annotated[Encoding, typer.Option(help="How pictures are encoded.")] = Encoding.JPEG,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything at the gateway until it expires. Default: erase it.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the pictures of another shoot.")] = False,
    server: Server = HERE,
    key_file: KeyFile = None,
    authorities: Authorities = None,
    as_json: Json = False,
) -> None:
    """Make pictures of a person, and forget the person. The folder gets the pictures, contact-sheet.html that shows
    them beside what was rejected and why, record.json with everything about them, and receipt.json, the checked proof
    that the gateway has erased all of it. Says who consents, or does nothing. Ctrl-C erases too. The exit status is 1
    unless every picture was kept."""
    said = Said(i_am_this_person, authorised, agreed, purpose, policy)
    said.check()
    check_out(out, force)
    if four_k and long_side is not None:
        raise CommandFailed("give one of --4k and --long-side")
    wishes = Wishes(
        accept_tier=Tier(accept_tier),
        max_tries=max_tries,
        long_side=FOUR_K if four_k else long_side,
        kind=Kind(encoding),
        interactive=True,
    )
    orders = [Order(style, count, pose, expression, words, seed) for style in styles]
    order = Shoot(photos, orders, wishes, said.consent, out, keep, candidates)
    likeness = client(server, key_file, authorities)

    async def work() -> Roll:
        async with likeness:
            return await Shooting(likeness, order, Console(stderr=True)).run()

    roll = run(work(), server)
    if as_json:
        show_json(record(roll) | {"folder": str(out)})
    else:
        _show(roll, out)
    if roll.job.state is not State.SUCCEEDED:
        raise typer.Exit(1)


def _show(roll: Roll, out: Path) -> None:
    if roll.job.results:
        columns = ("picture", ">drift", "tier", ">tries", ">seed", ">pixels", ">size", "engine")
        show_table(columns, [_row(roll, out, result) for result in roll.job.results])
    typer.echo(summary(roll.job))
    typer.echo(f"{out / SHEET} shows everything, {out / RECORD} says it to programs")
    if roll.receipt is not None:
        typer.echo(line_of(roll.receipt))
    else:
        typer.echo(f"the gateway still has it until {human_time(roll.job.expire_time)}: likeness delete {roll.job.id}")


def _row(roll: Roll, out: Path, result: Result) -> tuple[Any, ...]:
    drift = result.drift
    return (
        str(out / roll.files[result.name]),
        f"{drift.value:.2f}" if drift else "",
        str(drift.tier) if drift else "not measured",
        str(result.tries),
        str(result.seed),
        str(result.size),
        human_size(result.size_bytes),
        result.engine,
    )
