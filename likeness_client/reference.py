"""docs/cli.md from the commands themselves: `python -m likeness_client.reference > docs/cli.md`."""

import sys
from collections.abc import Iterator
from typing import Any

import typer

from likeness_client.main import COMMANDS, app, imported

_HEAD = """# The `likeness` command

Written by `python -m likeness_client.reference > docs/cli.md`; a test fails when it is out of date.

`likeness --version` prints the version, `likeness --install-completion` makes the shell complete commands and options.

Results go to standard output, as tables or with `--json` as one JSON document; errors go to standard error as one
line. The exit status is 0 when all is well, 1 when something failed or did not verify, 2 when the words were wrong.
"""


def reference() -> str:
    """The whole page."""
    context = typer.Context(typer.main.get_command(app), info_name="likeness")
    blocks = [_HEAD]
    for name in COMMANDS:
        blocks += _described(imported(name), f"likeness {name}", context, 2)
    return "\n".join(blocks)


def _described(command: Any, path: str, context: typer.Context, level: int) -> Iterator[str]:
    yield f"{'#' * level} {path}\n"
    if command.help:
        yield " ".join(command.help.split()) + "\n"
    subcommands = getattr(command, "commands", {})
    if not subcommands:
        yield f"```text\n{path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
        yield from _parameters(command, context)
    for name, subcommand in subcommands.items():
        yield from _described(subcommand, f"{path} {name}", context, level + 1)


def _parameters(command: Any, context: typer.Context) -> Iterator[str]:
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    rows = [(name, text) for name, text in filter(None, records) if name != "--help"]
    if rows:
        lines = "\n".join(f"| `{_cell(name)}` | {_cell(text)} |" for name, text in rows)
        yield f"| | |\n|---|---|\n{lines}\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference())
