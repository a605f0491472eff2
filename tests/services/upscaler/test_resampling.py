"""The final resize, against Pillow's."""

import numpy as np
import pytest
import torch
from PIL import Image

from services.upscaler.resampling import resampled
from services.upscaler.targets import ByFactor, Cut, Exactly, Framing, Size, framing


def _by_pillow(plane: torch.Tensor, size: Size, box: tuple[float, float, float, float]) -> np.ndarray:  # type: ignore[type-arg]
    image = Image.fromarray(plane.numpy())
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS, box))


@pytest.mark.parametrize("size", [Size(64, 50), Size(260, 300), Size(40, 200), Size(1, 1), Size(131, 30)])
def test_it_is_lanczos_as_pillow_has_it(size: Size) -> None:
    """Up, down, or both, to float noise."""
    plane = torch.rand(97, 131)
    whole = Framing(Cut(0, 131, size.width), Cut(0, 97, size.height), 1)

    expected = _by_pillow(plane, size, (0, 0, 131, 97))
    assert np.abs(resampled(plane[None], whole, 1)[0].numpy() - expected).max() < 2e-6


def test_parts_begin_at_fractions_of_a_pixel() -> None:
    """Cutting and scaling are one step, as Pillow's box is, except at the edge of the box: there is more beyond it."""
    plane = torch.rand(90, 120)
    frame = framing(Size(120, 90), Exactly(Size(77, 101)))
    left, top = frame.horizontal.start, frame.vertical.start
    box = (left, top, left + frame.horizontal.length, top + frame.vertical.length)

    expected = _by_pillow(plane, frame.size, box)
    result = resampled(plane[None], frame, 1)[0].numpy()
    assert np.abs(result - expected)[8:-8, 8:-8].max() < 2e-6


def test_what_has_its_size_already_is_not_touched() -> None:
    """The network's own factor needs no resize, and gets none."""
    planes = torch.rand(3, 40, 60)

    assert resampled(planes, framing(Size(15, 10), ByFactor(4)), 4) is planes


def test_even_areas_stay_even_up_to_the_border() -> None:
    """No dark frame, whichever way."""
    planes = torch.full((1, 33, 47), 0.7)
    for size in (Size(20, 14), Size(100, 71)):
        result = resampled(planes, Framing(Cut(0, 47, size.width), Cut(0, 33, size.height), 1), 1)

        assert (result - 0.7).abs().max() < 1e-6
