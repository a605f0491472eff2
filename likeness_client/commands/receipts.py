"""`likeness receipts`: proofs that something was forgotten."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from likeness_client.failure import CommandFailed
from likeness_client.output import human_size, show_json, show_table
from likeness_client.receipts import NotReadable, Verdict, missing, read_keys, read_receipts
from likeness_client.receipts import verify as verified

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Proofs that something was forgotten: verify.")


@app.callback()
def receipts() -> None:
    """Proofs that something was forgotten."""


@app.command()
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="JSON of receipts, one or many.")],
    keys: Annotated[
        list[Path],
        typer.Option(
            "--key", help="The server's public key: PEM, base64 or hex, or GetServerInfo's JSON. May be repeated."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check signatures, the chain of each tenant, and whether deadlines were kept. Needs no server. Ends with 1 if a
    receipt does not hold or tells of a missed deadline."""
    known = {key_id: key for path in keys for key_id, key in _read(path, read_keys).items()}
    verdicts = verified([receipt for path in files for receipt in _read(path, read_receipts)], known)
    bad = [verdict for verdict in verdicts if not verdict.holds or verdict.late]
    if as_json:
        show_json(
            {"ok": not bad, "receipts": [_as_json(verdict) for verdict in verdicts], "missing": missing(verdicts)}
        )
    else:
        _show(verdicts)
    if bad or not verdicts:
        raise typer.Exit(1)


def _read(path: Path, parse: Callable[[str], T]) -> T:
    try:
        return parse(path.read_text())
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror}") from None
    except NotReadable as error:
        raise CommandFailed(f"{path}: {error}") from None
    except UnicodeDecodeError:
        raise CommandFailed(f"{path}: is not text") from None


def _show(verdicts: list[Verdict]) -> None:
    columns = (">#", "forgotten", ">objects", ">size", "unreadable since", "verified absent", "verdict")
    show_table(columns, [_row(verdict) for verdict in verdicts])
    for gap in missing(verdicts):
        typer.echo(f"not here, so not checked: receipts of {gap}")


def _row(verdict: Verdict) -> tuple[str, ...]:
    told = verdict.statement
    return (
        str(told.sequence),
        told.subject,
        str(sum(pile.count for pile in told.objects)),
        human_size(sum(pile.size_bytes for pile in told.objects)),
        told.key_destroy_time.ToJsonString(),
        told.verify_absent_time.ToJsonString(),
        _words(verdict),
    )


def _words(verdict: Verdict) -> str:
    if not verdict.holds:
        return "; ".join(verdict.faults)
    told = verdict.statement
    seconds = told.hard_expire_time.ToSeconds() - told.verify_absent_time.ToSeconds()
    return f"holds, but {-seconds} s late" if verdict.late else f"holds, {_span(seconds)} before its deadline"


def _span(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"


def _as_json(verdict: Verdict) -> dict[str, Any]:
    told = verdict.statement
    return {
        "name": told.name,
        "subject": told.subject,
        "sequence": told.sequence,
        "objects": {pile.kind: pile.count for pile in told.objects},
        "unreadable_since": told.key_destroy_time.ToJsonString(),
        "verified_absent": told.verify_absent_time.ToJsonString(),
        "hard_expire_time": told.hard_expire_time.ToJsonString(),
        "holds": verdict.holds,
        "late": verdict.late,
        "faults": verdict.faults,
    }
