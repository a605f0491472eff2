"""`likeness jobs`: what has been asked for."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from likeness_client.commands.reaching import HERE, Authorities, Json, KeyFile, Server, client, run
from likeness_client.output import human_span, show_json, show_table
from likeness_client.values.job import Job
from likeness_client.values.mirror import plain
from likeness_client.values.words import State

app = typer.Typer(add_completion=False, help="Jobs: what has been asked for, and what has become of it.")


class Wanted(StrEnum):
    """States that can be asked for."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


@app.command()
def jobs(
    states: Annotated[list[Wanted] | None, typer.Option("--state", help="Only these. May be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    server: Server = HERE,
    key_file: KeyFile = None,
    authorities: Authorities = None,
    as_json: Json = False,
) -> None:
    """List jobs that have not been forgotten yet, the latest first."""
    likeness, wanted = client(server, key_file, authorities), [State(state) for state in states or ()]

    async def ask() -> list[Job]:
        async with likeness:
            found: list[Job] = []
            async for job in likeness.jobs(*wanted):
                found.append(job)
                if len(found) == limit:
                    break
            return found

    found = run(ask(), server)
    if as_json:
        show_json([plain(job) for job in found])
    elif found:
        now = datetime.now(UTC)
        columns = ("job", "state", ">kept", ">tries", ">age", ">forgotten in", "remark")
        show_table(columns, [_row(job, now) for job in found])
    else:
        typer.echo("no jobs")


def _row(job: Job, now: datetime) -> tuple[str, ...]:
    return (
        job.id,
        str(job.stage or job.state),
        f"{job.progress.kept}/{job.progress.wanted}",
        str(job.progress.tries),
        human_span(now - job.create_time),
        human_span(job.expire_time - now),
        job.problem.reason if job.problem else "",
    )
