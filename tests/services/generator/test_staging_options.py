"""Staging off the wire."""

from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from likeness.generator.v1.staging_pb2 import Staging as Message

from likeness_wire.errors import BadRequest
from services.generator.preview.staging import Backdrop, Colour, Grade, Light, Staging, Texture
from services.generator.staging_options import staging_of

GREY: Colour = (0.5, 0.5, 0.5)


def read(**fields: Any) -> Staging:
    return staging_of(ParseDict(fields, Message()))


def test_nothing_said_is_the_plainest_staging() -> None:
    """Only reframed."""
    assert Staging() == read()


def test_everything_said_arrives() -> None:
    """Each field in its place."""
    colour = {"red": 0.25, "green": 0.5, "blue": 0.75}
    given = read(
        backdrop={"tint": colour, "edge": colour, "texture": "TEXTURE_FOLIAGE", "cover": 0.5},
        light={"directionDeg": 300, "key": 0.25, "shadow": 0.5},
        grade={"exposure": -1, "contrast": 0.5, "saturation": -1, "warmth": 0.25, "vignette": 0.5, "grain": 0.25,
               "shadows": colour, "lights": colour, "toning": 0.5},
        depth=0.75,
        variation=1,
    )  # fmt: skip
    values = (0.25, 0.5, 0.75)
    assert (
        Staging(
            Backdrop(Texture.FOLIAGE, values, values, 0.5),
            Light(300, 0.25, 0.5),
            Grade(-1, 0.5, -1, 0.25, 0.5, 0.25, values, values, 0.5),
            0.75,
            1,
        )
        == given
    )


def test_an_untinted_backdrop_is_grey() -> None:
    """With an edge that is the tint, darker."""
    assert Backdrop(Texture.PLAIN, GREY, None, 0.0) == read(backdrop={"texture": "TEXTURE_PLAIN"}).backdrop


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("depth", {"depth": 1.1}),
        ("variation", {"variation": -0.1}),
        ("texture", {"backdrop": {"cover": 1}}),
        ("cover", {"backdrop": {"texture": "TEXTURE_PLAIN", "cover": 2}}),
        ("tint.green", {"backdrop": {"texture": "TEXTURE_PLAIN", "tint": {"green": 1.5}}}),
        ("direction_deg", {"light": {"directionDeg": 361}}),
        ("exposure", {"grade": {"exposure": 2.5}}),
        ("warmth", {"grade": {"warmth": "NaN"}}),
        ("lights.red", {"grade": {"lights": {"red": -1}}}),
    ],
)
def test_what_is_out_of_range_is_refused(field: str, wrong: dict[str, Any]) -> None:
    """Never clamped, and by its name."""
    with pytest.raises(BadRequest, match=field):
        read(**wrong)
