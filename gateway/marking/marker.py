"""Results say what they are: watermark, encode, XMP, and the signature last; then all of it is read again.

marker = open_marker(settings, settings.data_dir)
Studio(..., marker=marker)
ServerInfo(provenance=marker.state())
"""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind
from likeness.gateway.v1.result_pb2 import Provenance
from likeness.gateway.v1.server_pb2 import ProvenanceState
from PIL import Image

from gateway.marking import xmp
from gateway.marking.manifest import GENERATOR, Findings
from gateway.marking.settings import MarkingSettings
from gateway.marking.signatory import Signatories, Signatory
from gateway.marking.sources import source_type
from gateway.marking.watermark import TrustMark, Watermark
from gateway.pipeline.finishing import Marked, Origin, Pixels, encoded
from likeness_wire.errors import Internal
from services.common.settings import PREFIX

# Whose work the picture is. Others that had a part looked at it, or made it larger.
_DRAWING = "generator"


def open_marker(settings: MarkingSettings, folder: Path) -> "Marks":
    """As the settings say. StartupError where something that was asked for is not there."""
    watermark = TrustMark(settings.watermark_variant) if settings.watermark == "trustmark" else None
    return Marks(Signatories(settings, folder).present if settings.sign_results else _nobody, watermark)


class Marks:
    """A `Marker`. Blocks; any number of threads may call."""

    def __init__(self, signatory: Callable[[], Signatory | None], watermark: Watermark | None) -> None:
        self._signatory = signatory
        self._watermark = watermark

    def encoded(self, pixels: Pixels, kind: Kind, origin: Origin) -> Marked:
        """Raises Internal where what was written is not found again, and Unavailable where nothing signs now."""
        source, signatory = source_type(origin), self._signatory()
        if self._watermark is not None:
            pixels = self._watermark.put_into(pixels)
        data = xmp.with_packet(encoded(pixels, kind), kind, xmp.packet(source))
        if signatory is not None:
            data = signatory.manifests.signed(data, kind, source, _engine(origin))
        return Marked(data, self._read_again(data, kind, Provenance(source=origin.source), source, signatory))

    def state(self) -> ProvenanceState:
        """For GetServerInfo."""
        signatory = self._signatory()
        return ProvenanceState(
            signed=signatory is not None,
            certificate_subject="" if signatory is None else signatory.signing.subject,
            test_certificate=signatory is not None and signatory.signing.is_test,
            watermarked=self._watermark is not None,
            watermark_off_reason="" if self._watermark else f"{PREFIX}WATERMARK is off",
        )

    def _read_again(
        self, data: bytes, kind: Kind, found: Provenance, source: str, signatory: Signatory | None
    ) -> Provenance:
        found.metadata = xmp.source_said(xmp.packet_of(data, kind) or b"") == source
        found.signed = signatory is not None and _holds(signatory.manifests.read(data, kind), source)
        found.watermarked = self._watermark is not None and self._watermark.is_in(_pixels(data))
        wanted = (True, signatory is not None, self._watermark is not None)
        if wanted != (found.metadata, found.signed, found.watermarked):
            raise Internal(reasons.REASON_INTERNAL, "a picture's marks were not found again in its file")
        return found


def _holds(found: Findings | None, source: str) -> bool:
    """Signed by us, says what was meant, and names nothing that it was made from."""
    if found is None or not found.holds or found.ingredients:
        return False
    return (found.generator, found.source_type) == (GENERATOR, source)


def _nobody() -> None:
    return None


def _engine(origin: Origin) -> str:
    return next((made.engine for made in origin.made_by if made.service == _DRAWING), "")


def _pixels(data: bytes) -> Pixels:
    """Of a file of ours."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
