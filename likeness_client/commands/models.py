"""`likeness models`: the weights, where they come from, whether they are right, and what may be done with them."""

import os
from pathlib import Path
from typing import Annotated

import typer

from likeness_client.commands.models_shown import (
    conversion_json,
    fetched_json,
    model_json,
    progress_bars,
    show_conversions,
    show_fetched,
    show_licences,
    show_models,
    show_verdicts,
    verdict_json,
)
from likeness_client.failure import CommandFailed, needs_extra
from likeness_client.output import show_json
from services.common.models import LicencePolicy, Model, ModelStore, Problem, State

app = typer.Typer(no_args_is_help=True, help="Weights: list, verify, fetch, convert, make tiny ones.")

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Models by name.", show_default=False)]
Profile = Annotated[str | None, typer.Option(help="All that a profile cannot do without: embedded, tiny or gpu.")]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--dir", help="The models directory. Default: ~/.local/share/likeness/models.", envvar="LIKENESS_MODELS_DIR"
    ),
]
Policy = Annotated[LicencePolicy, typer.Option(help="What licences may be used.", envvar="LIKENESS_LICENSE_POLICY")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

# Without names and without a profile these only describe a machine that does not need the model.
_NO_FAULT = {State.ABSENT, State.NO_PACKAGE, State.REFUSED}


@app.command("list")
def list_models(
    profile: Profile = None,
    folder: Folder = None,
    policy: Policy = LicencePolicy.RESEARCH,
    licences: Annotated[bool, typer.Option("--licences", help="Show what may be done with them.")] = False,
    as_json: Json = False,
) -> None:
    """What models there are, how large, for whom, whether they are here and may be sold. Reads no weights."""
    store = ModelStore(_place(folder), policy)
    chosen = store.lock.select(profile=profile)
    if as_json:
        show_json({"directory": str(store.models_dir), "models": [model_json(store, model) for model in chosen]})
    elif licences:
        show_licences(chosen)
    else:
        show_models(store, chosen)


@app.command()
def verify(
    names: Names = None,
    profile: Profile = None,
    folder: Folder = None,
    policy: Policy = LicencePolicy.RESEARCH,
    pin: Annotated[
        bool, typer.Option("--pin", help="First take files without a known digest as they lie here.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read every byte and compare it with the lock. Without names and profile: whatever is here. Ends with 1 if
    anything is wrong."""
    store = ModelStore(_place(folder), policy)
    chosen = store.lock.select(names or [], profile)
    pinned = {model.name: store.pin(model) for model in chosen if pin and not model.package}
    verdicts = [(model, store.problems(model)) for model in chosen]
    wrong = [model.name for model, problems in verdicts if _at_fault(problems, chosen_by_hand=bool(names or profile))]
    if as_json:
        show_json({"ok": not wrong, "models": [verdict_json(store, *verdict, pinned) for verdict in verdicts]})
    else:
        show_verdicts(store, verdicts, pinned)
    if wrong:
        raise typer.Exit(1)


@app.command()
def fetch(
    names: Names = None,
    profile: Profile = None,
    folder: Folder = None,
    policy: Policy = LicencePolicy.RESEARCH,
    mirror: Annotated[
        str | None,
        typer.Option(help="Address of another models directory, to fetch from.", envvar="LIKENESS_MODELS_MIRROR"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Download what is not here or not right. The only command that uses the internet; run again, it goes on."""
    from services.common.models.errors import FetchError
    from services.common.models.fetch import Fetcher

    if not (names or profile):
        raise CommandFailed("say which models: names, or --profile gpu")
    place = _place(folder)
    place.mkdir(parents=True, exist_ok=True)
    store = ModelStore(place, policy)
    chosen = [model for model in store.lock.select(names or [], profile) if names or model.fetchable]
    _refuse_early(store, chosen)
    try:
        with progress_bars(quiet=as_json) as watch:
            fetcher = Fetcher(store, mirror, watch=watch)
            done = [(model, fetcher.fetch(model)) for model in chosen]
    except FetchError as error:
        raise CommandFailed(str(error)) from None
    if as_json:
        show_json({"directory": str(place), "models": [fetched_json(model, fetched) for model, fetched in done]})
    else:
        show_fetched(done)


@app.command()
def convert(
    source: Annotated[str, typer.Argument(help="A model's name, or a file of pickled weights.")],
    folder: Folder = None,
    policy: Policy = LicencePolicy.RESEARCH,
    as_json: Json = False,
) -> None:
    """Rewrite pickled weights as safetensors: same names, same bits, read back and compared. Of a model's weights only
    verified ones are converted, and the result is pinned."""
    from services.common.models.convert import convert as convert_file
    from services.common.models.convert import convert_model

    with needs_extra("generator"):
        import safetensors.torch  # noqa: F401
    if Path(source).is_file():
        done = [convert_file(Path(source))]
    else:
        done = convert_model(ModelStore(_place(folder), policy), source)
    if as_json:
        show_json({"conversions": [conversion_json(each) for each in done]})
    else:
        show_conversions(source, done)


@app.command()
def tiny(
    directory: Annotated[Path, typer.Argument(help="A models directory; made if it is not there.")],
    id_dim: Annotated[int, typer.Option(help="Length of the embedding: 512 as ArcFace has, 128 as dlib.")] = 512,
    as_json: Json = False,
) -> None:
    """Make a small random set of models, 40 MB, to run the real engine with. Its pictures are abstract."""
    if id_dim not in (128, 512):
        raise CommandFailed(f"--id-dim is 128 or 512, not {id_dim}")
    with needs_extra("generator"):
        from services.generator.tiny import make_tiny
    make_tiny(directory, id_dim)
    store = ModelStore(directory, LicencePolicy.COMMERCIAL)
    made = [model.name for model in store.lock.models.values() if model.local and store.open(model.name)]
    if as_json:
        show_json({"directory": str(directory), "id_dim": id_dim, "models": made})
    else:
        typer.echo(f"{directory}: {', '.join(made)}")


def _place(folder: Path | None) -> Path:
    """The directory named, or the one of this user."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return folder or Path(data) / "likeness" / "models"


def _at_fault(problems: list[Problem], *, chosen_by_hand: bool) -> bool:
    return any(chosen_by_hand or problem.state not in _NO_FAULT for problem in problems)


def _refuse_early(store: ModelStore, models: list[Model]) -> None:
    """Before the first of many gigabytes rather than after."""
    if refused := [model.name for model in models if store.refusal(model)]:
        raise CommandFailed(f"LICENSE_POLICY={store.policy} refuses {', '.join(refused)}; nothing was fetched")
