"""What the contract calls kinds of images, and HTTP media types."""

from collections.abc import Mapping

from likeness.common.v1.chunk_pb2 import KIND_HEIC, KIND_JPEG, KIND_PNG, KIND_WEBP, Kind

MEDIA_TYPES: Mapping[Kind, str] = {
    KIND_JPEG: "image/jpeg",
    KIND_PNG: "image/png",
    KIND_WEBP: "image/webp",
    KIND_HEIC: "image/heic",
}
KINDS: Mapping[str, Kind] = {
    **{media_type: kind for kind, media_type in MEDIA_TYPES.items()},
    "image/jpg": KIND_JPEG,
    "image/heif": KIND_HEIC,
}
SUFFIXES: Mapping[Kind, str] = {KIND_JPEG: "jpg", KIND_PNG: "png", KIND_WEBP: "webp", KIND_HEIC: "heic"}
