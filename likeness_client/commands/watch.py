"""`likeness watch`: a job while it runs."""

import json
from typing import Annotated

import typer
from rich.console import Console

from likeness_client.board import Board
from likeness_client.commands.reaching import HERE, Authorities, KeyFile, Server, client, job_named, run
from likeness_client.output import human_count
from likeness_client.values.events import JobEvent
from likeness_client.values.job import Job
from likeness_client.values.mirror import plain
from likeness_client.values.words import State

app = typer.Typer(add_completion=False, help="A job while it runs.")


@app.command()
def watch(
    job: Annotated[str, typer.Argument(metavar="JOB", help="Its name, or how its id begins.")],
    server: Server = HERE,
    key_file: KeyFile = None,
    authorities: Authorities = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each event.")] = False,
) -> None:
    """Follow a job until it has ended; connections that break are taken up again. Ctrl-C stops watching, not the job.
    The exit status is 1 unless every picture was kept."""
    likeness = client(server, key_file, authorities)

    async def follow() -> Job:
        async with likeness:
            name = await job_named(likeness, job)
            if as_json:
                return await likeness.wait(name, _print)
            with Board(Console(stderr=True), await likeness.job(name)) as board:
                return await likeness.wait(name, board.hear)

    ended = run(follow(), server)
    if not as_json:
        typer.echo(summary(ended))
    if ended.state is not State.SUCCEEDED:
        raise typer.Exit(1)


def summary(job: Job) -> str:
    """How a job ended, in a line."""
    progress = job.progress
    tries = human_count(progress.tries, "try", "tries")
    line = f"{job.id} {job.state}: {progress.kept} of {progress.wanted} kept in {tries}"
    return f"{line}. {job.problem}" if job.problem else line


def _print(event: JobEvent) -> None:
    typer.echo(json.dumps({"event": type(event).__name__} | plain(event), ensure_ascii=False))
