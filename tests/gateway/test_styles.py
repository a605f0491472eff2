"""Styles: what is shipped can be rendered, and a file that cannot is refused in one line."""

import re
from importlib import resources
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.generator.v1 import staging_pb2

from gateway.styles import FREE_TEXT_CHARACTERS, Styles, read_styles
from likeness_wire.errors import BadRequest
from services.common.startup import StartupError
from services.generator.plans import PLANS
from services.generator.poses import POSES

STYLES = read_styles()
SHIPPED = resources.files("gateway").joinpath("styles.toml").read_text("utf-8")
IDS = [message.id for message in STYLES.messages()]
# CLIP reads 77 tokens, of which two are its own. Common words and marks are one each; the rest is for rarer words.
ROOM = 68


def _tokens(text: str) -> int:
    return len(re.findall(r"\w+|[^\w\s]", text))


def _read(tmp_path: Path, old: str, new: str) -> Styles:
    assert old in SHIPPED
    path = tmp_path / "styles.toml"
    path.write_text(SHIPPED.replace(old, new, 1))
    return read_styles(path)


def test_what_was_promised_is_there() -> None:
    """The six that everybody knows, and more."""
    promised = {"Corporate", "Executive", "Outdoor", "Black & White", "Studio", "Creative"}

    assert promised < {message.title for message in STYLES.messages()}


@pytest.mark.parametrize("style", STYLES.messages(), ids=IDS)
def test_every_shot_of_a_style_is_one_the_generator_knows(style) -> None:  # type: ignore[no-untyped-def]
    """All poses, expressions and plans are on the generator's menu, and no prompt is cut off."""
    for pose in style.poses:
        for expression in style.expressions:
            shot = STYLES.shot(style.id, pose=pose, expression=expression)

            assert shot.plan in PLANS
            assert shot.pose_template in POSES
            assert max(_tokens(shot.prompt), _tokens(shot.negative)) <= ROOM
            assert "{" not in shot.prompt
            assert shot.size != (1024, 1024)


@pytest.mark.parametrize("style_id", IDS)
def test_always_on_negatives_stand_first(style_id: str) -> None:
    """Nothing that a style or a caller says takes them away."""
    assert STYLES.shot(style_id).negative.startswith("nude, naked, nsfw")


def test_poses_take_turns_where_none_is_named() -> None:
    """The first ones of the style, over and over."""
    taken = [STYLES.shot("corporate", picture=picture).pose for picture in range(4)]

    assert taken == ["front", "left", "right", "front"]


def test_a_smile_moves_the_mouth_too() -> None:
    """It takes the pose's smiling points, and holds the face less tightly."""
    smiling, calm = (STYLES.shot("corporate", expression=each) for each in ("smile", "neutral"))

    assert (smiling.pose_template, calm.pose_template) == ("front-smile", "front")
    assert smiling.identity_net.value < calm.identity_net.value


def test_a_premium_picture_is_rendered_where_four_times_as_much_is_4k() -> None:
    """3840 pixels on the longer side after one pass of the upscaler."""
    width, height = STYLES.shot("studio", premium=True).size

    assert (4 * width, 4 * height) == (3072, 3840)


def test_words_of_ones_own_stand_in_their_slot_and_make_it_no_template() -> None:
    """The generator may keep embeddings of templates, and of nothing that a person wrote."""
    own = STYLES.shot("corporate", free_text="in  a\nred\u200b scarf")

    assert ", in a red scarf, tailored" in own.prompt
    assert not own.options().prompts[0].text_is_template
    assert STYLES.shot("corporate").options().prompts[0].text_is_template


def test_slots_in_words_of_ones_own_stay_as_they_are() -> None:
    """A caller cannot reach into the template."""
    assert "{negative} {pose}" in STYLES.shot("corporate", free_text="{negative} {pose}").prompt


def test_stronger_is_more_of_both_and_never_more_than_an_engine_takes() -> None:
    """For a picture that drifted."""
    shot = STYLES.shot("creative")
    strongest = shot
    for _ in range(9):
        strongest = strongest.stronger()

    assert shot.stronger().adapter.value > shot.adapter.value
    assert (strongest.adapter.value, strongest.identity_net.value) == (2, 2)
    assert strongest.identity_net.end == shot.identity_net.end


def test_options_say_all_that_the_style_decides() -> None:
    """Down to what preview does with the photo."""
    options = STYLES.shot("black-and-white", pose="left").options()

    assert options.pose.template.name == "left"
    assert options.plan.name == "anchor-style-rescue"
    assert options.staging.grade.saturation == -1
    assert options.staging.backdrop.texture == staging_pb2.TEXTURE_PLAIN
    assert not options.adapter.HasField("window")
    assert STYLES.shot("creative").options().identity_net.window.end == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"style_id": "pirate"}, reasons.REASON_UNKNOWN_NAME),
        ({"style_id": "corporate", "pose": "upside-down"}, reasons.REASON_UNKNOWN_NAME),
        ({"style_id": "corporate", "expression": "thoughtful"}, reasons.REASON_UNKNOWN_NAME),
        ({"style_id": "minimal", "free_text": "with a hat"}, reasons.REASON_INVALID_FIELD),
        ({"style_id": "corporate", "free_text": "x" * (FREE_TEXT_CHARACTERS + 1)}, reasons.REASON_INVALID_FIELD),
    ],
)
def test_what_a_style_does_not_offer_is_refused(asked: dict[str, str], reason: int) -> None:
    """With the reason that the contract gives, and without the caller's words."""
    with pytest.raises(BadRequest) as refused:
        STYLES.shot(**asked)

    assert refused.value.reason == reason
    assert "hat" not in refused.value.message.split()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('plan = "single"', 'plann = "single"', "styles.corporate.plan: Field required"),
        ("in_turn = 3", "in_turn = 9", "in_turn is more"),
        ("cfg = 4.5", "cfg = 45", "styles.corporate.cfg: Input should be less"),
        ("size = [768, 960]", "size = [770, 960]", "premium.size.0: Input should be a multiple of 64"),
        ('"{framing}", ', "", "no slot {framing}"),
        ('"{pose}"', '"{poise}"', "slot 'poise'"),
        ('poses = ["front", "left"', 'poses = ["front", "lift"', "the pose 'lift'"),
        ("#93a1b0", "#93a1", "a colour looks like"),
        ("cover = 0.92", "cover = 1.92", "styles.corporate.preview.backdrop.cover"),
        (
            "identity_net = { value = 0.75, end = 0.9 }",
            "identity_net = { value = 0.75, start = 1, end = 0.9 }",
            "window",
        ),
        ("depth = 0.5", "depht = 0.5", "styles.corporate.preview.depht: Extra inputs"),
        ("version = 1", "version = 2", "version: Input should be 1"),
        ("version = 1", "version = ", "styles.toml: Invalid value"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """It says where, before anything is served."""
    with pytest.raises(StartupError, match=re.escape(complaint)) as refused:
        _read(tmp_path, old, new)

    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused_without_its_path(tmp_path: Path) -> None:
    """An operator's own file may be anywhere."""
    with pytest.raises(StartupError, match=r"^mine.toml: cannot be read$"):
        read_styles(tmp_path / "mine.toml")
