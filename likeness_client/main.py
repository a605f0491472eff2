"""The `likeness` command. A subcommand is a module that is imported when it is called, so that help stays quick."""

import importlib
import os
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from likeness_client.failure import line_of


class Subcommand(NamedTuple):
    """A module that has a `typer.Typer` called `app`, and what it does in one line."""

    module: str
    summary: str


COMMANDS = {
    "demo": Subcommand("likeness_client.commands.demo", "The main job from nothing, in a minute or two."),
    "bench": Subcommand("likeness_client.commands.bench", "What a gateway does under load, and where the time goes."),
    "capacity": Subcommand("likeness_client.commands.capacity", "How many GPUs, how long people wait, what it costs."),
    "delete": Subcommand("likeness_client.commands.delete", "Erase jobs or uploads now, and get the proof."),
    "doctor": Subcommand("likeness_client.commands.doctor", "Whether this machine can run it, and what to do if not."),
    "models": Subcommand("likeness_client.commands.models", "Weights: list, verify, fetch, convert, make tiny ones."),
    "inspect": Subcommand("likeness_client.commands.inspect", "Whether a photo will do, and what to do about it."),
    "jobs": Subcommand("likeness_client.commands.jobs", "What has been asked for, and what has become of it."),
    "keys": Subcommand("likeness_client.commands.keys", "Who may call a gateway: create, list, revoke, limits."),
    "provenance": Subcommand("likeness_client.commands.provenance", "What a picture says about its origin."),
    "receipts": Subcommand("likeness_client.commands.receipts", "Proofs that something is gone: list, keys, verify."),
    "shoot": Subcommand("likeness_client.commands.shoot", "Pictures of a person, from photos of that person."),
    "styles": Subcommand("likeness_client.commands.styles", "The styles that can be asked for."),
    "up": Subcommand("likeness_client.commands.up", "The whole of Likeness here, until Ctrl-C."),
    "upscale": Subcommand("likeness_client.commands.upscale", "A photo made larger, by a service or right here."),
    "verify": Subcommand("likeness_client.commands.verify", "Whether pictures show the person of a photo."),
    "watch": Subcommand("likeness_client.commands.watch", "A job while it runs."),
}


class LazyGroup(TyperGroup):
    """Knows its commands by name and summary, and imports the one that is called."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name, command in COMMANDS.items():
            self.add_command(TyperCommand(name, help=command.summary), name)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, imported(name) if name in COMMANDS else command, rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if (line := line_of(error)) is None:
                raise
            typer.echo(f"likeness: {line}", err=True)
            raise typer.Exit(1) from None


# Locals may hold pictures and keys: no traceback shows them.
app = typer.Typer(cls=LazyGroup, no_args_is_help=True, pretty_exceptions_show_locals=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"likeness {version('likeness')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Pictures of a person that are provably that person, and provably forgotten."""


def imported(name: str | None) -> Any:
    """The command itself, with everything it needs."""
    # gRPC's core writes its own lines to standard error when a server goes away; it reads this as it is imported.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    command = typer.main.get_command(importlib.import_module(COMMANDS[str(name)].module).app)
    command.name = name
    return command
