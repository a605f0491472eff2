"""What targets mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadPhoto, BadRequest
from services.upscaler.targets import ByFactor, ByLongSide, Exactly, Size, Target, check, framing, passes

sides = st.integers(1, 20_000)
sizes = st.builds(Size, sides, sides)


@pytest.mark.parametrize(
    ("size", "target", "expected"),
    [
        (Size(896, 1152), ByFactor(4), Size(3584, 4608)),
        (Size(960, 540), ByLongSide(3840), Size(3840, 2160)),
        (Size(540, 960), ByLongSide(3840), Size(2160, 3840)),
        (Size(3, 2), ByFactor(1.5), Size(4, 3)),
        (Size(1000, 1), ByLongSide(500), Size(500, 1)),
        (Size(1024, 1024), Exactly(Size(3840, 2160)), Size(3840, 2160)),
    ],
)
def test_a_target_gives_a_size(size: Size, target: Target, expected: Size) -> None:
    """Rounded to whole pixels, and never to none."""
    assert framing(size, target).size == expected


def test_an_exact_size_is_covered_and_cut_evenly() -> None:
    """A square for a wide frame loses as much above as below, and nothing on the sides."""
    wanted = framing(Size(1000, 1000), Exactly(Size(2000, 1000)))

    assert (wanted.horizontal.start, wanted.horizontal.length) == (0, 1000)
    assert (wanted.vertical.start, wanted.vertical.length) == (250, 500)


@given(sizes, sizes)
def test_an_exact_size_never_stretches(size: Size, wanted: Size) -> None:
    """Both axes are enlarged by the same factor, and nothing outside of the picture is shown."""
    frame = framing(size, Exactly(wanted))

    assert frame.size == wanted
    assert frame.horizontal.factor == pytest.approx(frame.vertical.factor, rel=1e-9)
    for cut, side in ((frame.horizontal, size.width), (frame.vertical, size.height)):
        assert cut.start >= 0
        assert cut.start + cut.length <= side * (1 + 1e-12)


def test_more_than_one_pass_gives_is_refused_with_the_reason() -> None:
    """The message says what to do instead."""
    with pytest.raises(BadRequest, match="two passes") as caught:
        check(Size(512, 400), framing(Size(512, 400), ByLongSide(3840)), 4, 10**9)

    assert caught.value.reason == reasons.REASON_SCALE_TOO_LARGE
    assert caught.value.metadata == {"limit": "4", "width": "512", "height": "400"}


def test_too_many_pixels_are_refused_with_the_limit() -> None:
    """Before anything is computed."""
    with pytest.raises(BadPhoto) as caught:
        check(Size(3000, 3000), framing(Size(3000, 3000), ByFactor(4)), 4, 10**8)

    assert caught.value.reason == reasons.REASON_TOO_LARGE
    assert caught.value.metadata["limit_pixels"] == str(10**8)


def test_exactly_as_much_as_one_pass_gives_is_taken() -> None:
    """960 to 3840 is a factor of 4 and not a hair more."""
    check(Size(960, 720), framing(Size(960, 720), ByLongSide(3840)), 4, 10**9)


@given(
    sizes,
    st.one_of(st.builds(ByFactor, st.floats(0.1, 60)), st.builds(ByLongSide, sides), st.builds(Exactly, sizes)),
    st.sampled_from([2, 4]),
)
def test_passes_lead_to_the_target_and_each_can_be_done(size: Size, target: Target, most: int) -> None:
    """One after another they are within what one pass gives, and the last is what was asked for."""
    wanted = framing(size, target).size

    for step in passes(size, target, most):
        frame = framing(size, step)
        assert frame.factor <= most * (1 + 1e-9)
        size = frame.size
    assert size == wanted


def test_the_costly_pass_is_the_last() -> None:
    """512 to 3840 goes by 960, not by 2048: the network sees a quarter of the pixels."""
    assert passes(Size(512, 512), ByLongSide(3840), 4) == [Exactly(Size(960, 960)), Exactly(Size(3840, 3840))]
