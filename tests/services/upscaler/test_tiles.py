"""Windows, and how they fade into one another."""

from itertools import pairwise

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from services.upscaler.targets import Size
from services.upscaler.tiles import FADE, PADDING, Window, plan, seen, smallest_pixels

multiples = st.sampled_from([1, 2])


@st.composite
def pictures(draw: st.DrawFn) -> tuple[Size, int, int]:
    """A size, how many pixels a window may have, and what its sides are multiples of."""
    multiple = draw(multiples)
    side = st.integers(1, 3000).map(lambda pixels: pixels * multiple)
    return Size(draw(side), draw(side)), draw(st.integers(smallest_pixels(), 4_000_000)), multiple


@given(pictures())
def test_windows_cover_the_picture_within_bounds(given_: tuple[Size, int, int]) -> None:
    """All of one shape, none larger than allowed, none outside, each overlapping the next by twice the padding."""
    size, most, multiple = given_
    windows = plan(size, most, multiple)

    assert windows is not None
    assert windows.window.pixels <= most
    assert windows.window.width % multiple == windows.window.height % multiple == 0
    axes = ((windows.columns, windows.window.width, size.width), (windows.rows, windows.window.height, size.height))
    for starts, window, side in axes:
        assert (starts[0], starts[-1] + window) == (0, side)
        assert all(start % multiple == 0 for start in starts)
        assert all(before + window - after >= 2 * PADDING for before, after in pairwise(starts))


@given(pictures())
def test_a_picture_that_fits_is_one_window(given_: tuple[Size, int, int]) -> None:
    """And nothing is computed twice."""
    size, _, multiple = given_
    windows = plan(size, size.pixels, multiple)

    assert windows is not None
    assert (len(windows), windows.extra_pixels) == (1, 0)


@given(st.integers(200, 600), st.integers(200, 600), st.sampled_from([1, 2, 4]))
@settings(max_examples=25, deadline=None)
def test_weights_add_up_to_one_everywhere(width: int, height: int, scale: int) -> None:
    """However many windows meet."""
    windows = plan(Size(width, height), smallest_pixels(), 1)
    assert windows is not None
    total = torch.zeros(height * scale, width * scale)
    for window in windows:
        down, across = windows.weights(window, scale)
        left, top, wide, high = (side * scale for side in window)
        total[top : top + high, left : left + wide] += down * across

    assert (total - 1).abs().max() < 1e-6


def test_two_windows_fade_where_both_know_most() -> None:
    """Around the middle of their overlap, 16 pixels to either side: nearer to a window's edge it counts for nothing."""
    windows = plan(Size(400, 100), 300 * 100)
    assert windows is not None
    left, right = windows
    _, across = windows.weights(left, 1)
    middle = (right.left + left.width) / 2
    at = torch.arange(left.width) + 0.5 - middle

    assert FADE == 16
    assert (across[at <= -FADE] == 1).all()
    assert (across[at >= FADE] == 0).all()
    falling = across[at.abs() < FADE]
    assert 2 * FADE == len(falling)
    assert (falling[:-1] > falling[1:]).all()
    assert torch.allclose(falling + falling.flip(0), torch.ones(2 * FADE))


def test_a_window_is_a_part_of_the_picture() -> None:
    """Its rows and columns, of every plane."""
    planes = torch.arange(3 * 5 * 7).reshape(3, 5, 7)

    assert torch.equal(planes[:, 1:4, 2:4], seen(planes, Window(left=2, top=1, width=2, height=3)))


def test_tiling_costs_what_is_said() -> None:
    """Four windows for a 4K-sized step of a 2048² picture, and 27 % more pixels than it has."""
    windows = plan(Size(2048, 2048), 1_200_000)

    assert windows is not None
    assert len(windows) * windows.window.pixels == round(2048 * 2048 * (1 + windows.extra_pixels))
    assert windows.extra_pixels < 0.27


def test_where_no_window_can_be_large_enough_there_is_no_plan() -> None:
    """Smaller ones would have seams."""
    assert plan(Size(500, 500), (2 * PADDING) ** 2) is None


def test_a_long_strip_is_cut_across_only() -> None:
    """20,000 × 10 is high enough for one row."""
    windows = plan(Size(20_000, 10), 50_000)

    assert windows is not None
    assert windows.rows == (0,)
    assert windows.extra_pixels < 0.03
