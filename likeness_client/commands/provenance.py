"""`likeness provenance`: what a picture says about its origin, and whether that can be believed. Needs no server."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from likeness_client.failure import CommandFailed, needs_extra
from likeness_client.output import show_json, show_table

if TYPE_CHECKING:
    from gateway.marking.manifest import Findings

app = typer.Typer(help="What a picture says about its origin.")

_MEANINGS = {
    "trainedAlgorithmicMedia": "made by a trained model",
    "compositeWithTrainedAlgorithmicMedia": "composed of parts, some made by a trained model",
    "composite": "composed of parts",
    "digitalCapture": "taken by a camera",
}


@app.command()
def provenance(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A JPEG, PNG or WebP file.")],
    trust: Annotated[
        list[Path] | None, typer.Option("--trust", help="PEM of authorities to trust. May be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a picture says about its origin: in XMP, which anybody can write, and in a signed C2PA manifest.
    Nothing is fetched. Ends with 1 if nothing signed says anything, or the signature does not hold."""
    with needs_extra("gateway"):
        from gateway.marking import manifest, xmp
        from services.common import images
    data = _read(file)
    kind = images.sniff(data)
    text = xmp.packet_of(data, kind) if kind in xmp.KINDS else None
    said = xmp.source_said(text) if text else None
    anchors = "".join(_read(path).decode("ascii", "replace") for path in trust or ())
    found = manifest.read_manifest(data, kind, anchors) if kind in xmp.KINDS else None
    if as_json:
        show_json({"xmp": {"source_type": said}, "c2pa": None if found is None else asdict(found)})
    else:
        show_table(("", "what the picture says"), _rows(said, found))
    if found is None or not found.holds:
        raise typer.Exit(1)


def _rows(said: str | None, found: "Findings | None") -> list[tuple[str, str]]:
    rows = [("XMP, which anybody can write", _meaning(said) if said else "nothing about its origin")]
    if found is None:
        return [*rows, ("C2PA", "no manifest")]
    rows.append(("C2PA, signed", _verdict(found)))
    if found.holds:
        rows += [
            ("source", _meaning(found.source_type) if found.source_type else "not said"),
            ("made with", found.generator),
            ("signed by", ", ".join(part for part in (found.signer, found.organisation) if part)),
            ("at", found.time or "no trusted time: nobody stamped it"),
            ("made from", f"{found.ingredients} other files named" if found.ingredients else "no other file named"),
        ]
    return rows


def _verdict(found: "Findings") -> str:
    if not found.holds:
        return "does not hold: " + ", ".join(found.faults or ("changed after it was signed",))
    return "holds, by an authority you trust" if found.trusted else "holds, but nobody you trust vouches for the signer"


def _meaning(source_type: str) -> str:
    name = source_type.rpartition("/")[2]
    return f"{_MEANINGS[name]} ({name})" if name in _MEANINGS else name


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror}") from None
