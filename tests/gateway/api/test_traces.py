"""What a whole journey through the front door leaves behind outside of its ciphertext: nothing that was sent."""

import contextlib
import io
import secrets
from pathlib import Path

from likeness.common.v1.chunk_pb2 import KIND_JPEG
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.job_pb2 import STATE_SUCCEEDED, StyleOrder
from PIL import Image
from prometheus_client import generate_latest

from likeness_wire.errors import LikenessError
from tests.gateway.api.conftest import Open
from tests.gateway.api.front import consent, request
from tests.gateway.test_traces import forms


def marked_photo(marker: str) -> bytes:
    """A phone's, with the marker wherever phones write things."""
    image = Image.effect_noise((120, 100), 80).convert("RGB")
    exif = image.getexif()
    exif[0x010E], exif[0x9C9B] = marker, marker.encode("utf-16-le")
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif, comment=marker.encode(), quality=95)
    return file.getvalue()


def places(folder: Path, markers: list[bytes], log: str) -> list[str]:
    """Where any of them is found, in any form."""
    found = []
    contents = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for place, content in {**contents, "the log": log.encode()}.items():
        found += [place for marker in markers if any(form in content for form in forms(marker))]
    return found


async def test_nothing_that_was_sent_is_left_in_the_open(opening: Open, log: io.StringIO) -> None:
    """Neither words, nor photos or what was beside them, nor keys: while the job lives, and when it is deleted."""
    beside, words, unseen = secrets.token_hex(12), secrets.token_hex(12), f"jane-doe-{secrets.token_hex(6)}"
    photo = marked_photo(beside)
    async with opening(styles_file=None) as front:
        acme = front.caller()
        secret = acme.key.rpartition("_")[2]
        upload = await acme.upload(photo, kind=KIND_JPEG)
        styles = [StyleOrder(style="corporate", count=1, free_text=f"scarf {words}")]
        job = await acme.ended(await acme.order(upload, styles=styles, consent=consent(reference="found-in-the-open")))
        assert STATE_SUCCEEDED == job.state
        for rpc, message in (
            ("CreateJob", request(upload.name, styles=styles)),
            ("GetJob", pb.GetJobRequest(name=f"tenants/acme/jobs/{unseen}")),
            ("GetJob", pb.GetJobRequest(name=unseen)),
        ):
            with contextlib.suppress(LikenessError):
                await acme.call(rpc, message)
        markers = [text.encode() for text in (beside, words, unseen, secret)] + [photo[400:440], photo[-60:-20]]

        assert [] == places(front.folder, markers, log.getvalue())
        assert "jobs.sqlite" in places(front.folder, [b"found-in-the-open"], "")[0], "the search finds what is there"
        await acme.call("DeleteJob", pb.DeleteJobRequest(name=job.name))
        metrics = generate_latest(front.shell.metrics.registry).decode()

    assert [] == places(front.folder, markers, log.getvalue() + metrics)
