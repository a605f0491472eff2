"""The blobs of a call into what its request lacks. Blocks: off the event loop."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Role
from numpy.typing import NDArray
from PIL import Image, ImageOps

from likeness_wire.chunks import Blob
from likeness_wire.errors import BadRequest
from services.common.images import decode_trusted
from services.generator.call import Control, Latents, Pixels, Reference, Request, Start
from services.generator.fields import refuse
from services.generator.options import Wanted, points_of

# SDXL's VAE makes one latent of eight by eight pixels, in four planes.
_LATENT_PIXELS = 8
_PLANES = 4

DecodePhoto = Callable[[Blob], Pixels]


def complete(wanted: Wanted, blobs: Sequence[Blob], decode_photo: DecodePhoto | None) -> Request:
    """The request with its pixels. `decode_photo` is given by engines that look at the photo."""
    request = wanted.request
    size = request.width, request.height
    return replace(
        request,
        controls=tuple(
            Control(name, _map(blob, size), strength)
            for (name, strength), blob in zip(wanted.controls, _of(Role.ROLE_CONTROL, blobs), strict=True)
        ),
        start=_start(wanted, blobs, size),
        reference=_reference(wanted, blobs, decode_photo),
    )


def _of(role: Role, blobs: Iterable[Blob]) -> list[Blob]:
    return [blob for blob in blobs if blob.role == role]


def _map(blob: Blob, size: tuple[int, int]) -> Pixels:
    pixels = decode_trusted(blob)
    if pixels.shape[1::-1] != size:
        raise _wrong_size("a control map is exactly as large as the canvas")
    return pixels


def _start(wanted: Wanted, blobs: Sequence[Blob], size: tuple[int, int]) -> Start | None:
    if wanted.starts_from_picture:
        (blob,) = _of(Role.ROLE_INIT, blobs)
        return Start(picture=covering(decode_trusted(blob), size))
    if wanted.latent_shares:
        planes = [_latents(blob, size) for blob in _of(Role.ROLE_LATENTS, blobs)]
        return Start(latents=tuple(zip(planes, wanted.latent_shares, strict=True)))
    return None


def covering(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Scaled to cover the canvas, and cut evenly where it hangs over."""
    if pixels.shape[1::-1] == size:
        return pixels
    return np.asarray(ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.LANCZOS))


def _latents(blob: Blob, size: tuple[int, int]) -> Latents:
    width, height = size[0] // _LATENT_PIXELS, size[1] // _LATENT_PIXELS
    if (blob.width, blob.height) != (width, height) or len(blob.data) != _PLANES * width * height * 4:
        raise _wrong_size("latents are four planes of an eighth of the canvas")
    values: NDArray[np.float32] = np.frombuffer(blob.data, "<f4").reshape(_PLANES, height, width)
    if not np.isfinite(values).all():
        refuse("latents", "finite numbers")
    return values


def _reference(wanted: Wanted, blobs: Sequence[Blob], decode_photo: DecodePhoto | None) -> Reference | None:
    if wanted.reference is None or decode_photo is None:
        return None
    (blob,) = _of(Role.ROLE_PHOTO, blobs)
    key_points = points_of("reference.face.key_points", wanted.reference.face.key_points)
    return Reference(decode_photo(blob), key_points)


def _wrong_size(message: str) -> BadRequest:
    return BadRequest(reasons.REASON_SIZE_MISMATCH, message)
