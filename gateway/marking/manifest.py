"""C2PA manifests: written into our results, and read from anybody's file.

The library is told to stay off the network: nothing is fetched to read a picture.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import c2pa
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_WEBP, Kind

from gateway.marking.signing import Signing
from likeness_wire.errors import Internal, LikenessError

GENERATOR = "Likeness"

_MIME = {KIND_JPEG: "image/jpeg", KIND_PNG: "image/png", KIND_WEBP: "image/webp"}
_HOLDS = ("Valid", "Trusted")
_CREATING = ("c2pa.created", "c2pa.opened")
_OFFLINE = {"verify": {"ocsp_fetch": False, "remote_manifest_fetch": False, "verify_after_sign": False}}
# Neither a small copy of the picture nor of anything it was made from.
_NO_THUMBNAILS = {"builder": {"thumbnail": {"enabled": False}}}


@dataclass(frozen=True, slots=True)
class Findings:
    """What a file's manifest says, and whether it can be believed."""

    # The signature is its certificate's, and the file is the one that was signed.
    holds: bool
    # And the certificate leads to an authority that was named as trusted.
    trusted: bool
    signer: str
    organisation: str
    generator: str
    source_type: str
    time: str
    ingredients: int
    faults: tuple[str, ...] = field(default=())


class Manifests:
    """Signs. Any number of threads may call."""

    def __init__(self, signing: Signing, anchors: str = "", timestamps: str = "") -> None:
        self._signing = signing
        self._context = _context(anchors, _NO_THUMBNAILS)
        self._failures: list[LikenessError] = []
        self._signer = c2pa.Signer.from_callback(
            self._sign, c2pa.C2paSigningAlg.ES256, signing.chain, timestamps or None
        )

    def signed(self, data: bytes, kind: Kind, source_type: str, engine: str) -> bytes:
        """The file with a manifest that covers every byte of it. Unavailable where what signs is away."""
        out = io.BytesIO()
        try:
            builder = c2pa.Builder.from_json(json.dumps(_manifest(source_type, engine)), context=self._context)
            builder.sign(self._signer, _MIME[kind], io.BytesIO(data), out)
        except c2pa.C2paError as error:
            raise self._why() from error
        return out.getvalue()

    def read(self, data: bytes, kind: Kind) -> Findings | None:
        return _read(data, kind, self._context)

    def _sign(self, data: bytes) -> bytes:
        """Called by the library, which swallows what is raised here."""
        try:
            return self._signing.sign(data)
        except LikenessError as error:
            self._failures.append(error)
            raise

    def _why(self) -> LikenessError:
        if self._failures:
            return self._failures.pop()
        return Internal(reasons.REASON_INTERNAL, "a picture could not be signed")


def read_manifest(data: bytes, kind: Kind, anchors: str = "") -> Findings | None:
    """Of anybody's file. None where it has none; `anchors` are authorities in PEM."""
    return _read(data, kind, _context(anchors))


def _manifest(source_type: str, engine: str) -> dict[str, Any]:
    agent = {"name": f"{GENERATOR} {engine}".strip(), "version": version("likeness")}
    created = {"action": "c2pa.created", "digitalSourceType": source_type, "softwareAgent": agent}
    return {
        "claim_generator_info": [{"name": GENERATOR, "version": version("likeness")}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}],
    }


def _context(anchors: str, more: Mapping[str, Any] | None = None) -> c2pa.Context:
    trust = {"trust": {"trust_anchors": anchors}} if anchors else {}
    return c2pa.Context.from_dict({**_OFFLINE, **trust, **(more or {})})


def _read(data: bytes, kind: Kind, context: c2pa.Context) -> Findings | None:
    try:
        reader = c2pa.Reader.try_create(_MIME[kind], io.BytesIO(data), context=context)
        if reader is None:
            return None
        with reader:
            return _findings(json.loads(reader.json()))
    except c2pa.C2paError:
        return Findings(False, False, "", "", "", "", "", 0, ("the manifest cannot be read",))


def _findings(store: Mapping[str, Any]) -> Findings:
    manifest = store["manifests"].get(store.get("active_manifest"), {})
    signature = manifest.get("signature_info") or {}
    state = store.get("validation_state", "")
    results = (store.get("validation_results") or {}).get("activeManifest") or {}
    return Findings(
        holds=state in _HOLDS,
        trusted=state == "Trusted",
        signer=signature.get("common_name") or "",
        organisation=signature.get("issuer") or "",
        generator=_generator(manifest),
        source_type=_source_type(manifest),
        time=signature.get("time") or "",
        ingredients=len(manifest.get("ingredients") or ()),
        faults=tuple(failure["code"] for failure in results.get("failure") or ()),
    )


def _generator(manifest: Mapping[str, Any]) -> str:
    infos = manifest.get("claim_generator_info") or [{}]
    return str(infos[0].get("name") or manifest.get("claim_generator") or "")


def _source_type(manifest: Mapping[str, Any]) -> str:
    """Of the action by which the picture came to be."""
    for assertion in manifest.get("assertions") or ():
        if not str(assertion.get("label", "")).startswith("c2pa.actions"):
            continue
        for action in assertion["data"].get("actions") or ():
            if action.get("action") in _CREATING and action.get("digitalSourceType"):
                return str(action["digitalSourceType"])
    return ""
