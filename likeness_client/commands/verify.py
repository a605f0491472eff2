"""`likeness verify`: whether pictures show the person of a photo."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from likeness.common.v1.chunk_pb2 import Role
from likeness.common.v1.identity_pb2 import TIER_MATCH

from likeness_client.commands.inspect import Engine, Folder, Json, Local, LocalEngine, Provider, faces
from likeness_client.faces import photos as files
from likeness_client.faces.shown import show_verification, verification_json
from likeness_client.failure import CommandFailed
from likeness_client.output import show_json
from likeness_wire.errors import BadPhoto

app = typer.Typer(no_args_is_help=True, help="Whether pictures show the person of a photo.")


@app.command()
def verify(
    reference: Annotated[Path, typer.Argument(metavar="REF", help="A photo of the person.")],
    candidates: Annotated[list[Path], typer.Argument(metavar="CANDIDATE...", help="Up to 64 pictures to measure.")],
    also: Annotated[list[Path] | None, typer.Option(help="Another photo of the person; up to seven.")] = None,
    local: Local = False,
    server: Annotated[
        str, typer.Option(help="The verifier service.", envvar="LIKENESS_VERIFIER_TARGET")
    ] = "127.0.0.1:7440",
    engine: Engine = LocalEngine.DLIB,
    provider: Provider = "cpu",
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Measure how far pictures have drifted from a person. With two photos of the person or more, a picture that is
    nearer to one of them than they are to one another is called a copy. The exit status is 1 where one does not match.
    """
    references = [reference, *(also or [])]
    if len(references) > 8 or len(candidates) > 64:
        raise CommandFailed("at most eight photos to refer to, and 64 candidates")
    photos, pictures = files.read(references, Role.ROLE_PHOTO), files.read(candidates, Role.ROLE_PICTURE)
    with faces(local, server, engine, provider, folder) as looking, _named(references):
        responses = looking.verify(photos, pictures)
    names = [candidate.name for candidate in candidates]
    if as_json:
        show_json(verification_json(names, responses))
    else:
        show_verification(names, responses)
    if any(response.HasField("picture") and response.picture.drift.tier < TIER_MATCH for response in responses):
        raise typer.Exit(1)


@contextmanager
def _named(references: Sequence[Path]) -> Iterator[None]:
    """A reference that cannot be used is told by its name."""
    try:
        yield
    except BadPhoto as error:
        which = [references[int(index)].name for index in error.metadata.get("photos", "").split(",") if index]
        if "photo" in error.metadata:
            which = [references[int(error.metadata["photo"])].name]
        raise CommandFailed(f"{', '.join(which) or 'the reference'}: {error.message} ({error.reason_name})") from None
