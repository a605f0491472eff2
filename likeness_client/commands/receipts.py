"""`likeness receipts`: proofs that something was forgotten."""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.json_format import MessageToDict
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt

from likeness_client.commands.reaching import HERE, Authorities, Json, KeyFile, Server, client, run
from likeness_client.failure import CommandFailed
from likeness_client.output import human_size, human_span, show_json, show_table
from likeness_client.receipts import NotReadable, Verdict, announced, missing, read_keys, read_receipts
from likeness_client.receipts import verify as verified
from likeness_client.values.server import ReceiptKey, ServerInfo

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Proofs that something was forgotten: list, keys, verify.")


@app.callback()
def receipts() -> None:
    """Proofs that something was forgotten."""


@app.command("list")
def listed(
    out: Annotated[Path | None, typer.Option(help="Write them here as they came, for `verify`.")] = None,
    server: Server = HERE,
    key_file: KeyFile = None,
    authorities: Authorities = None,
    as_json: Json = False,
) -> None:
    """Show all receipts of a tenant, checked with the keys that the gateway itself announces. Ends with 1 if one does
    not hold or tells of a missed deadline."""
    likeness = client(server, key_file, authorities)

    async def ask() -> tuple[list[DeletionReceipt], Mapping[str, Ed25519PublicKey]]:
        async with likeness:
            keys = announced(key.public_key for key in (await likeness.server()).receipt_keys)
            return await likeness.raw_receipts(), keys

    receipts, keys = run(ask(), server)
    if out is not None:
        out.write_text(json.dumps([MessageToDict(receipt) for receipt in receipts], indent=2) + "\n")
    _judge(verified(receipts, keys), as_json)


@app.command()
def keys(server: Server = HERE, key_file: KeyFile = None, authorities: Authorities = None) -> None:
    """Print the public keys that a gateway signs receipts with, as JSON that `verify --key` reads. Keep them: a key one
    had before proves more than one that comes with the receipt."""
    likeness = client(server, key_file, authorities)

    async def ask() -> ServerInfo:
        async with likeness:
            return await likeness.server()

    show_json({"receiptKeys": [_key_json(key) for key in run(ask(), server).receipt_keys]})


@app.command()
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="JSON of receipts, one or many.")],
    keys: Annotated[
        list[Path],
        typer.Option(
            "--key", help="The server's public key: PEM, base64 or hex, or GetServerInfo's JSON. May be repeated."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Check signatures, the chain of each tenant, and whether deadlines were kept. Needs no server. Ends with 1 if a
    receipt does not hold or tells of a missed deadline."""
    known = {key_id: key for path in keys for key_id, key in _read(path, read_keys).items()}
    verdicts = verified([receipt for path in files for receipt in _read(path, read_receipts)], known)
    _judge(verdicts, as_json)
    if not verdicts:
        raise typer.Exit(1)


def _judge(verdicts: list[Verdict], as_json: bool) -> None:
    bad = [verdict for verdict in verdicts if not verdict.holds or verdict.late]
    if as_json:
        show_json(
            {"ok": not bad, "receipts": [_as_json(verdict) for verdict in verdicts], "missing": missing(verdicts)}
        )
    else:
        _show(verdicts)
    if bad:
        raise typer.Exit(1)


def _key_json(key: ReceiptKey) -> dict[str, str]:
    public = base64.b64encode(key.public_key).decode()
    return {"id": key.id, "publicKey": public, "createTime": key.create_time.isoformat().replace("+00:00", "Z")}


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
    left = told.hard_expire_time.ToDatetime() - told.verify_absent_time.ToDatetime()
    return f"holds, but {human_span(-left)} late" if verdict.late else f"holds, {human_span(left)} before its deadline"


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
