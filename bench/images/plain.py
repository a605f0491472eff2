"""The same by Pillow in this process, with nothing guarded: what the decoder is measured against."""

import io

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

pillow_heif.register_heif_opener()


def decode(data: bytes, fit_within: int | None = None) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as opened:
        if fit_within is not None:
            opened.thumbnail((fit_within, fit_within), Image.Resampling.LANCZOS)
        image = ImageOps.exif_transpose(opened)
        profile = opened.info.get("icc_profile")
    if profile:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        assert converted is not None
        image = converted
    return np.asarray(image.convert("RGB"))


def encode(pixels: NDArray[np.uint8], form: str, **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **options)
    return file.getvalue()
