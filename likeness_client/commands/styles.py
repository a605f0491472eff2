"""`likeness styles`: what can be asked for."""

import typer

from likeness_client.commands.reaching import HERE, Authorities, Json, KeyFile, Server, client, run
from likeness_client.output import show_json, show_table
from likeness_client.values.mirror import plain
from likeness_client.values.server import Style

app = typer.Typer(add_completion=False, help="The styles a gateway can photograph in.")


@app.command()
def styles(
    server: Server = HERE, key_file: KeyFile = None, authorities: Authorities = None, as_json: Json = False
) -> None:
    """Show the styles that can be asked for, with their poses and expressions, the default first."""
    likeness = client(server, key_file, authorities)

    async def ask() -> list[Style]:
        async with likeness:
            return await likeness.styles()

    found = run(ask(), server)
    if as_json:
        show_json([plain(style) for style in found])
    else:
        columns = ("style", "what it looks like", "poses", "expressions", ">size", "own words")
        show_table(columns, [_row(style) for style in found])


def _row(style: Style) -> tuple[str, ...]:
    return (
        style.id,
        style.description,
        ", ".join(style.poses),
        ", ".join(style.expressions),
        str(style.size),
        "yes" if style.takes_free_text else "no",
    )
