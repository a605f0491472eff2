"""`likeness delete`: forgotten now, with proof."""

import json
from pathlib import Path
from typing import Annotated

import typer

from likeness_client.commands.reaching import HERE, Authorities, Json, KeyFile, Server, client, job_named, run
from likeness_client.output import human_count, human_size, show_json
from likeness_client.values.mirror import plain
from likeness_client.values.receipt import Receipt

app = typer.Typer(add_completion=False, help="Erase jobs or uploads now, and get the proof.")


@app.command()
def delete(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Jobs by name or how their ids begin; uploads by name.")
    ],
    out: Annotated[Path | None, typer.Option(help="Write the receipts here, for `likeness receipts verify`.")] = None,
    server: Server = HERE,
    key_file: KeyFile = None,
    authorities: Authorities = None,
    as_json: Json = False,
) -> None:
    """Erase jobs with their photos, pictures and records, or uploads, now and for good. Each receipt is checked: its
    signature, its order of events, and that it is about what was asked."""
    likeness = client(server, key_file, authorities)

    async def erase() -> list[Receipt]:
        async with likeness:
            return [await likeness.delete(await job_named(likeness, name)) for name in names]

    receipts = run(erase(), server)
    if out is not None:
        out.write_text(f"[{','.join(receipt.json() for receipt in receipts)}]\n")
    if as_json:
        show_json([plain(receipt) | {"receipt": json.loads(receipt.json())} for receipt in receipts])
    else:
        for receipt in receipts:
            typer.echo(line_of(receipt))


def line_of(receipt: Receipt) -> str:
    """What is gone, in a line."""
    count = sum(pile.count for pile in receipt.objects)
    size = human_size(sum(pile.size_bytes for pile in receipt.objects))
    late = ", after its deadline" if receipt.late else ""
    what = f"{receipt.subject}: {human_count(count, 'object', 'objects')} ({size}) erased and looked for in vain{late}"
    return f"{what}; receipt {receipt.sequence}, signed by key {receipt.key_id}, holds"
