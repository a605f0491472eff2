"""Results say what they are: watermark, encode, XMP, and the signature last; then all of it is read again.

marker = open_marker(settings, settings.data_dir)
Studio(..., marker=marker)
ServerInfo(provenance=marker.state())
"""

import io
from pathlib import Path

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind
from likeness.gateway.v1.result_pb2 import Provenance
from likeness.gateway.v1.server_pb2 import ProvenanceState
from PIL import Image

from gateway.marking import xmp
from gateway.marking.manifest import GENERATOR, Manifests
from gateway.marking.settings import MarkingSettings
from gateway.marking.signing import Signing, open_signing
from gateway.marking.sources import source_type
from gateway.marking.watermark import TrustMark, Watermark
from gateway.pipeline.finishing import Marked, Origin, Pixels, encoded
from likeness_wire.errors import Internal
from services.common.settings import PREFIX
from services.common.startup import StartupError

# Whose work the pixels are. Others that had a part only looked.
_DRAWING = frozenset({"diffusion", "preview"})


def open_marker(settings: MarkingSettings, folder: Path) -> "Marks":
    """As the settings say. StartupError where something that was asked for is not there."""
    watermark = TrustMark(settings.watermark_variant) if settings.watermark == "trustmark" else None
    if not settings.sign_results:
        return Marks(None, None, watermark)
    signing = open_signing(settings, folder)
    anchors = "" if settings.provenance_anchors is None else _text(settings.provenance_anchors)
    return Marks(signing, Manifests(signing, anchors, settings.provenance_timestamps), watermark)


class Marks:
    """A `Marker`. Blocks; any number of threads may call."""

    def __init__(self, signing: Signing | None, manifests: Manifests | None, watermark: Watermark | None) -> None:
        self._signing = signing
        self._manifests = manifests
        self._watermark = watermark

    def encoded(self, pixels: Pixels, kind: Kind, origin: Origin) -> Marked:
        """Raises Internal where what was written is not found again, and Unavailable where nothing signs now."""
        source = source_type(origin)
        if self._watermark is not None:
            pixels = self._watermark.put_into(pixels)
        data = xmp.with_packet(encoded(pixels, kind), kind, xmp.packet(source))
        if self._manifests is not None:
            data = self._manifests.signed(data, kind, source, _engine(origin))
        return Marked(data, self._read_again(data, kind, origin, source))

    def state(self) -> ProvenanceState:
        """For GetServerInfo."""
        return ProvenanceState(
            signed=self._signing is not None,
            certificate_subject="" if self._signing is None else self._signing.subject,
            test_certificate=self._signing is not None and self._signing.is_test,
            watermarked=self._watermark is not None,
            watermark_off_reason="" if self._watermark else f"{PREFIX}WATERMARK is off",
        )

    def _read_again(self, data: bytes, kind: Kind, origin: Origin, source: str) -> Provenance:
        text = xmp.packet_of(data, kind)
        found = Provenance(
            source=origin.source,
            metadata=text is not None and xmp.source_said(text) == source,
            signed=self._signature_holds(data, kind, source),
            watermarked=self._watermark is not None and self._watermark.is_in(_pixels(data)),
        )
        wanted = (True, self._manifests is not None, self._watermark is not None)
        if wanted != (found.metadata, found.signed, found.watermarked):
            raise Internal(reasons.REASON_INTERNAL, "a picture's marks were not found again in its file")
        return found

    def _signature_holds(self, data: bytes, kind: Kind, source: str) -> bool:
        found = None if self._manifests is None else self._manifests.read(data, kind)
        if found is None or not found.holds or found.ingredients:
            return False
        return (found.generator, found.source_type) == (GENERATOR, source)


def _engine(origin: Origin) -> str:
    return next((made.engine for made in origin.made_by if made.engine in _DRAWING), "")


def _pixels(data: bytes) -> Pixels:
    """Of a file of ours."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise StartupError(f"{PREFIX}PROVENANCE_ANCHORS: cannot be read as PEM") from None
