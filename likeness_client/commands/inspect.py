"""`likeness inspect`: what the embedder thinks of a photo, before anything is made of it."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from likeness.common.v1.chunk_pb2 import Role
from likeness.common.v1.quality_pb2 import VERDICT_REFUSE

from likeness_client.faces import photos as files
from likeness_client.faces.remote import RemoteFaces
from likeness_client.faces.shown import inspection_json, show_inspection
from likeness_client.failure import CommandFailed, needs_extra
from likeness_client.output import show_json
from likeness_wire.chunks import Blob

if TYPE_CHECKING:
    from likeness.embedder.v1 import embedder_pb2 as embedding

    from likeness_client.faces.local import LocalFaces

app = typer.Typer(no_args_is_help=True, help="Whether a photo will do, and what to do about it.")

# What is drawn has no side longer than this.
_DRAWN_SIDE = 1600


class LocalEngine(StrEnum):
    """Engines that run in this process."""

    DLIB = "dlib"
    INSIGHTFACE = "insightface"


Local = Annotated[bool, typer.Option("--local", help="Look here; no service is needed.")]
Engine = Annotated[LocalEngine, typer.Option(help="With --local: which engine.", envvar="LIKENESS_FACE_ENGINE")]
Provider = Annotated[str, typer.Option(help="With --local: cpu, cuda or tensorrt.", envvar="LIKENESS_PROVIDER")]
Folder = Annotated[
    Path | None, typer.Option("--dir", help="With --local: the models directory.", envvar="LIKENESS_MODELS_DIR")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def inspect(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="One to eight photos of one person.")],
    out: Annotated[Path, typer.Option(help="Folder for the drawn copies.")] = Path(),
    draw: Annotated[bool, typer.Option("--draw/--no-draw", help="Draw what was found on copies.")] = True,
    local: Local = False,
    server: Annotated[
        str, typer.Option(help="The embedder service.", envvar="LIKENESS_EMBEDDER_TARGET")
    ] = "127.0.0.1:7410",
    engine: Engine = LocalEngine.DLIB,
    provider: Provider = "cpu",
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Say whether photos will do, and what to do about those that will not. A copy of each, NAME.inspected.png, shows
    box, points, numbers and reasons. The exit status is 1 where a photo is refused."""
    if len(photos) > 8:
        raise CommandFailed("at most eight photos of one person")
    blobs = files.read(photos, Role.ROLE_PHOTO)
    with faces(local, server, engine, provider, folder) as looking:
        answer, info = looking.inspect(blobs)
    drawn = _drawn(photos, blobs, answer, info, out) if draw else [""] * len(photos)
    names = [photo.name for photo in photos]
    if as_json:
        show_json(inspection_json(names, answer, drawn))
    else:
        show_inspection(names, answer)
        for path in filter(None, drawn):
            typer.echo(f"drawn: {path}")
    if answer.findings or any(photo.report.verdict == VERDICT_REFUSE for photo in answer.photos):
        raise typer.Exit(1)


def faces(
    local: bool, server: str, engine: LocalEngine, provider: str, folder: Path | None
) -> "RemoteFaces | LocalFaces":
    """A service, or the engine itself."""
    if not local:
        return RemoteFaces(server)
    with needs_extra("embedded" if engine is LocalEngine.DLIB else "faces"):
        from likeness_client.faces.local import LocalFaces
    return LocalFaces(engine.value, folder, provider)


def _drawn(
    paths: Sequence[Path],
    blobs: Sequence[Blob],
    answer: "embedding.EmbedResponse",
    info: "embedding.GetInfoResponse",
    out: Path,
) -> list[str]:
    """Where each copy is; an empty string where the photo cannot be decoded."""
    with needs_extra("shell"):
        from likeness_client.faces.drawing import sheet
        from services.common.images import Decoder
    written = []
    with Decoder() as decoder:
        for path, blob, photo in zip(paths, blobs, answer.photos, strict=True):
            if photo.HasField("problem"):
                written.append("")
                continue
            pixels = decoder.decode(blob.data, fit_within=_DRAWN_SIDE)
            target = out / f"{path.stem}.inspected.png"
            out.mkdir(parents=True, exist_ok=True)
            sheet(pixels, path.name, photo, info.quality_limits).save(target)
            written.append(str(target))
    return written
