"""How models, verdicts, fetches and conversions look, as tables, as JSON and as progress bars."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from likeness_client.output import human_size, show_table
from services.common.models import Model, ModelStore, Problem, State

if TYPE_CHECKING:
    from services.common.models.convert import Conversion
    from services.common.models.download import Progress
    from services.common.models.fetch import Fetched

Verdict = tuple[Model, Sequence[Problem]]


def show_models(store: ModelStore, models: Sequence[Model]) -> None:
    columns = ("model", ">size", "sold?", "here", "profiles", "for")
    show_table(columns, [_row(store, model) for model in models])


def show_licences(models: Sequence[Model]) -> None:
    columns = ("model", "sold?", "licence", "what to know")
    rows = [(model.name, str(model.commercial_use), model.licence, model.note) for model in models]
    show_table(columns, rows)


def _row(store: ModelStore, model: Model) -> tuple[str, ...]:
    profiles = ", ".join(sorted(model.profiles))
    return (
        model.name,
        size_of(model),
        str(model.commercial_use),
        _here(store, model),
        f"{profiles} (optional)" if model.optional else profiles,
        ", ".join(sorted(model.roles)),
    )


def size_of(model: Model) -> str:
    """Known sizes added up; a plus sign where some are not known, a question mark where none is."""
    unknown = any(file.size is None for file in model.files)
    return f"{human_size(model.size)}{'+' if unknown else ''}" if model.size else "?"


def _here(store: ModelStore, model: Model) -> str:
    if not store.present(model):
        return "no"
    return "pip" if model.package else "yes"


def model_json(store: ModelStore, model: Model) -> dict[str, object]:
    return {
        "name": model.name,
        "title": model.title,
        "size": model.size,
        "size_is_whole": all(file.size is not None for file in model.files),
        "licence": model.licence,
        "commercial_use": str(model.commercial_use),
        "note": model.note,
        "allowed": store.refusal(model) is None,
        "roles": sorted(model.roles),
        "profiles": sorted(model.profiles),
        "optional": model.optional,
        "source": model.source,
        "present": store.present(model),
        "files": [
            {"path": file.path, "sha256": store.expected(model, file), "in_lock": bool(file.sha256), "size": file.size}
            for file in model.files
        ],
    }


def show_verdicts(store: ModelStore, verdicts: Sequence[Verdict], pinned: Mapping[str, list[str]]) -> None:
    """Absent models are left out where others are there to show."""
    seen = [verdict for verdict in verdicts if _state(verdict[1]) is not State.ABSENT] or verdicts
    rows = []
    for model, problems in seen:
        detail = "; ".join(problem.text for problem in problems) or f"sha256 {store.digest(model)}"
        taken = pinned.get(model.name)
        rows.append((model.name, str(_state(problems)), f"{detail}{f' (pinned now: {len(taken)})' if taken else ''}"))
    show_table(("model", "state", "detail"), rows)


def verdict_json(
    store: ModelStore, model: Model, problems: Sequence[Problem], pinned: Mapping[str, list[str]]
) -> dict[str, object]:
    return {
        "name": model.name,
        "state": str(_state(problems)),
        "sha256": store.digest(model),
        "problems": [{"file": each.file, "state": str(each.state), "text": each.text} for each in problems],
        "pinned": pinned.get(model.name, []),
    }


def _state(problems: Sequence[Problem]) -> State:
    return problems[0].state if problems else State.OK


def show_fetched(done: "Sequence[tuple[Model, Fetched]]") -> None:
    """With the terms, since whoever fetches a model is the one they bind."""
    if not done:
        typer.echo("nothing to fetch: pip brings, or you make, all that it needs")
    for model, fetched in done:
        typer.echo(f"{model.name}: {len(fetched.fetched)} fetched, {len(fetched.kept)} were here and right")
        typer.echo(f"  {model.licence}, commercial use: {model.commercial_use}. {model.note}")
        for path in fetched.pinned:
            typer.echo(f"  pinned {path}: nobody had recorded its digest before; compare it with one you trust")


def fetched_json(model: Model, fetched: "Fetched") -> dict[str, object]:
    return {
        "name": model.name,
        "fetched": list(fetched.fetched),
        "kept": list(fetched.kept),
        "pinned": list(fetched.pinned),
        "licence": model.licence,
        "commercial_use": str(model.commercial_use),
        "note": model.note,
    }


def show_conversions(source: str, done: "Sequence[Conversion]") -> None:
    if not done:
        typer.echo(f"{source}: converted already")
    for each in done:
        typer.echo(f"{each.source.name} → {each.target.name}: {each.tensors} tensors, {each.parameters} parameters")
        typer.echo(f"  sha256 before {each.source_sha256}")
        typer.echo(f"  sha256 after  {each.target_sha256}")
        typer.echo(f"  content of both {each.content_sha256}")


def conversion_json(conversion: "Conversion") -> dict[str, object]:
    return {
        "source": str(conversion.source),
        "target": str(conversion.target),
        "tensors": conversion.tensors,
        "parameters": conversion.parameters,
        "source_sha256": conversion.source_sha256,
        "target_sha256": conversion.target_sha256,
        "content_sha256": conversion.content_sha256,
    }


@contextmanager
def progress_bars(*, quiet: bool) -> "Iterator[Callable[[str], Progress]]":
    """A bar for each file on a terminal's standard error; elsewhere a line for each file, or nothing if quiet."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    shown = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*shown, console=console, disable=quiet or not console.is_terminal) as bars:

        def watch(name: str) -> "Callable[[int, int | None], None]":
            if not quiet and not console.is_terminal:
                typer.echo(f"fetching {name}")
            task = bars.add_task(name, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield watch
