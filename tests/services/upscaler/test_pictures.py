"""Pictures, planes and back."""

import numpy as np
import pytest
import torch

from services.upscaler.pictures import Picture, alpha_plane, colour_planes, luma, quantised
from tests.services.upscaler import small


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_value_survives_the_way_through_float(dtype: type[np.unsignedinteger]) -> None:
    """Out and back, all 256 or 65,536 of them."""
    values = np.arange(np.iinfo(dtype).max + 1, dtype=dtype)
    picture = Picture(np.stack([values] * 3, axis=-1)[None])

    assert np.array_equal(picture.pixels, quantised(colour_planes(picture), picture.bits).numpy())


def test_values_are_rounded_and_bounded() -> None:
    """To the nearest, not down; and never around the end."""
    planes = torch.tensor([[[-0.5, 1.5, 0.4999 / 255, 0.5001 / 255, 254.6 / 255]]])

    assert quantised(planes, 8).flatten().tolist() == [0, 255, 0, 1, 255]


@pytest.mark.parametrize(
    ("channels", "grey", "alpha"), [(1, True, False), (2, True, True), (3, False, False), (4, False, True)]
)
def test_channels_say_what_a_picture_is(channels: int, grey: bool, alpha: bool) -> None:
    """Grey or colour, transparent or not."""
    picture = small.picture(5, 4, channels)

    assert (picture.grey, picture.has_alpha, picture.size) == (grey, alpha, (5, 4))


def test_grey_is_seen_three_times_and_comes_back_as_itself() -> None:
    """The weights of luma add up to one."""
    picture = small.picture(9, 7, 1, np.uint16)
    planes = colour_planes(picture)

    assert planes.shape == (3, 7, 9)
    assert np.array_equal(picture.pixels, quantised(luma(planes), 16).numpy())


def test_alpha_is_the_last_channel() -> None:
    """1 is opaque."""
    picture = small.picture(9, 7, 4)

    assert torch.allclose(alpha_plane(picture)[0], torch.from_numpy(picture.pixels[..., 3] / np.float32(255)))


def test_no_pixel_is_shown_by_repr() -> None:
    """Logs hold no faces."""
    assert repr(small.picture(2, 2)) == "Picture()"
