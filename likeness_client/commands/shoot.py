"""`likeness shoot`: pictures of a person from photos of that person."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from likeness_client.aio import AsyncLikeness
from likeness_client.commands import shoot_options as o
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


@app.command()
def shoot(
    photos: o.Photos,
    styles: o.Styles,
    count: o.Count = 1,
    pose: o.Pose = "",
    expression: o.Expression = "",
    words: o.Words = "",
    four_k: o.FourK = False,
    long_side: o.LongSide = None,
    encoding: o.EncodedAs = o.Encoding.JPEG,
    accept_tier: o.AcceptTier = o.NearEnough.STRONG,
    max_tries: o.MaxTries = None,
    seed: o.Seed = None,
    candidates: o.Candidates = 0,
    i_am_this_person: o.IAmThisPerson = False,
    authorised: o.Authorised = None,
    agreed: o.Agreed = None,
    purpose: o.Purpose = "profile pictures",
    policy: o.Policy = None,
    out: o.Out = Path("pictures"),
    keep: o.Keep = False,
    force: o.Force = False,
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
    wishes = Wishes(
        accept_tier=Tier(accept_tier),
        max_tries=max_tries,
        long_side=_one_of(four_k, long_side),
        kind=Kind(encoding),
        interactive=True,
    )
    orders = [Order(style, count, pose, expression, words, seed) for style in styles]
    order = Shoot(photos, orders, wishes, said.consent, out, keep, candidates)
    roll = run(_shot(client(server, key_file, authorities), order), server)
    if as_json:
        show_json(record(roll) | {"folder": str(out)})
    else:
        _show(roll, out)
    if roll.job.state is not State.SUCCEEDED:
        raise typer.Exit(1)


def _one_of(four_k: bool, long_side: int | None) -> int | None:
    if four_k and long_side is not None:
        raise CommandFailed("give one of --4k and --long-side")
    return FOUR_K if four_k else long_side


async def _shot(likeness: AsyncLikeness, order: Shoot) -> Roll:
    async with likeness:
        return await Shooting(likeness, order, Console(stderr=True)).run()


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
