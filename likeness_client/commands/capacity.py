"""`likeness capacity`: how many GPUs, how long people wait, what it costs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from likeness_client.capacity.origins import Origin
from likeness_client.capacity.scenario import Arrivals, Promise, Scenario
from likeness_client.capacity.scenario_file import as_toml, read_scenario, with_wishes
from likeness_client.failure import CommandFailed, needs_extra
from likeness_client.output import show_json, show_table

if TYPE_CHECKING:
    from likeness_client.capacity.answer import Answer

app = typer.Typer(add_completion=False, help="How many GPUs, how long people wait, what it costs.")

_RUNS, _DAYS = 5, 2
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
# What an answer stands or falls with; `--print-scenario` has all of it.
_WORTH_SHOWING = frozenset({Origin.GOAL, Origin.GUESS, Origin.COMPUTED, Origin.PRICE, Origin.YOURS})


@app.command()
def capacity(
    packs_per_minute: Annotated[float | None, typer.Option(help="Packs that are ordered. [default: 10]")] = None,
    slo: Annotated[str | None, typer.Option(metavar="SPAN", help="Ready within: 90s, 5m. [default: 90s]")] = None,
    promise: Annotated[Promise | None, typer.Option(help="What is ready then. [default: pack]")] = None,
    pictures: Annotated[int | None, typer.Option(help="Pictures of a pack. [default: 50]")] = None,
    arrivals: Annotated[Arrivals | None, typer.Option(help="At one rate, or over a day. [default: poisson]")] = None,
    scenario: Annotated[Path | None, typer.Option(help="TOML, as --print-scenario writes it.")] = None,
    bench: Annotated[
        Path | None, typer.Option("--from", metavar="BENCH.JSON", help="Seconds as `likeness bench --json` found them.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="PART.NAME=VALUE", help="Change one number; repeatable.")
    ] = None,
    as_deployed: Annotated[
        bool, typer.Option("--as-deployed", help="With the limits of the manifests, where nothing else is said.")
    ] = False,
    hours: Annotated[float | None, typer.Option(min=0.1, help="Hours of each run. Default: some 200 packs.")] = None,
    runs: Annotated[int | None, typer.Option(min=1, help="Runs of each fleet. [default: 5; for a day 2]")] = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn by lot; the same one, the same answer.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write an HTML report to this file.")] = None,
    print_scenario: Annotated[
        bool, typer.Option("--print-scenario", help="Print every number with where it comes from, and stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Simulate the system of deploy/: the fewest GPUs that keep a promise, what the autoscaler makes of the same
    orders, how long people wait, and what a picture costs. Every number can be changed, and says where it comes
    from."""
    spoken: dict[str, Any] = {
        "demand.packs_per_minute": packs_per_minute,
        "demand.pictures": pictures,
        "demand.arrivals": arrivals,
        "slo.seconds": _seconds(slo) if slo else None,
        "slo.of": promise,
    }
    wishes = [f"{name}={value}" for name, value in spoken.items() if value is not None]
    asked = _asked(scenario, bench, [*wishes, *(settings or [])])
    if print_scenario:
        typer.echo(as_toml(asked), nl=False)
        return
    with needs_extra("capacity"):
        from likeness_client.capacity.answer import answered
        from likeness_client.capacity.limits import as_deployed as deployed
        from likeness_client.capacity.study import Effort, Study
    asked = deployed(asked) if as_deployed else asked
    effort = Effort(runs or (_DAYS if asked.demand.arrivals is Arrivals.DAILY else _RUNS), hours, seed)
    with Console(stderr=True).status("simulating") as status:
        answer = answered(Study(asked, effort, lambda count: status.update(f"simulating: {count} runs are done")))
    _report(answer, out, as_json=as_json)


def _asked(scenario: Path | None, bench: Path | None, wishes: list[str]) -> Scenario:
    """What is said later wins."""
    asked = read_scenario(scenario) if scenario else Scenario()
    if bench is not None:
        from likeness_client.capacity.from_bench import with_bench

        asked = with_bench(asked, bench)
    return with_wishes(asked, wishes)


def _report(answer: "Answer", out: Path | None, *, as_json: bool) -> None:
    from likeness_client.capacity.page import page

    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page(answer), "utf-8")
    if as_json:
        show_json(answer.as_json())
        return
    _show(answer)
    if out is not None:
        typer.echo(f"report: {out}")


def _show(answer: "Answer") -> None:
    from likeness_client.capacity import rows

    typer.echo("\n".join((rows.question(answer.scenario), rows.verdict(answer), rows.NOT_MEASURED)))
    show_table(["", *(f">{way.name}" for way in answer.ways)], list(rows.ways(answer)))
    typer.echo("\n".join(rows.notes(answer)))
    show_table(
        ["setting", ">production says", ">this needs"],
        [(each.name, str(each.now), str(each.needed)) for each in answer.settings],
    )
    own = [cells for cells in rows.assumptions(answer.asked) if cells[2] in _WORTH_SHOWING]
    show_table(["rests on", ">value", "from", "what it is"], own)


def _seconds(span: str) -> float:
    number, unit = span.rstrip("smh"), span[-1:]
    try:
        return float(number) * _UNITS.get(unit, 1.0)
    except ValueError:
        raise CommandFailed(f"--slo is a span such as 90s, 5m or 1h, not {span!r}") from None
