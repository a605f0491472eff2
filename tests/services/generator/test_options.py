"""Options against the menu: what is filled in, and what is refused with which field."""

from typing import Any

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1 import render_pb2, work_pb2
from likeness.common.v1.chunk_pb2 import Kind
from likeness.common.v1.face_pb2 import KeyPoints, Point, Size
from likeness.generator.v1 import options_pb2 as opt

from likeness_wire.errors import BadRequest
from services.common.admission import Priority
from services.generator.call import Strength
from services.generator.menu import Canvas, Menu, diffusion_menu
from services.generator.options import wanted
from services.generator.plans import Pass, Scheduler
from services.generator.poses import POSES, placed
from tests.services.generator.serving_here import RECOGNISER, options

MENU = diffusion_menu(
    canvas=Canvas(min_side=64),
    bases=("first", "second"),
    loras=("style",),
    controls=("canny", "depth"),
    recogniser_id=RECOGNISER,
    identity_width=512,
)
PREVIEW = Menu("preview", Canvas(min_side=64), poses=POSES, needs_photo=True)


def test_what_is_unset_has_the_documented_defaults() -> None:
    """30 Euler steps at guidance 5, both strengths 0.8 throughout, 896 × 1152, PNG, batch."""
    bare = wanted(options(size=None, steps=None, kind=None), MENU)
    assert (Pass("first", name="single"),) == bare.request.passes
    assert (30, 5.0, Scheduler.EULER) == (bare.request.passes[0].steps, bare.request.passes[0].cfg, Scheduler.EULER)
    assert (Strength(0.8), Strength(0.8)) == (bare.request.adapter, bare.request.identity_net)
    assert (896, 1152) == (bare.request.width, bare.request.height)
    assert (Kind.KIND_PNG, Priority.BATCH) == (bare.kind, bare.priority)


def test_an_unset_negative_is_not_an_empty_one() -> None:
    """None against the empty text."""
    request = wanted(options(prompts=[opt.Prompt(text="a"), opt.Prompt(text="a", negative="")]), MENU).request
    assert [None, ""] == [prompt.negative for prompt in request.prompts]


@pytest.mark.parametrize(
    ("plan", "passes"),
    [
        ("single", (Pass("first", "single", steps=4, cfg=3),)),
        (
            "anchor-style-rescue",
            (
                Pass("first", "anchor", alpha=1.0, cfg=5.8, steps=4),
                Pass("first", "style", alpha=0.85, cfg=6.3, steps=4, denoise=0.5),
            ),
        ),
        (
            "anchor-style",
            (Pass("first", "anchor", steps=4, cfg=3), Pass("second", "style", steps=4, cfg=3, denoise=0.5)),
        ),
    ],
)
def test_plans_are_filled_in_by_the_request(plan: str, passes: tuple[Pass, ...]) -> None:
    """What the table says wins; what it leaves open is the request's."""
    assert passes == wanted(options(plan=opt.Plan(name=plan), cfg=3), MENU).request.passes


def test_a_rescue_goes_on_from_latents() -> None:
    """Alpha 0.9, guidance 6.8, half of the steps, and as many blobs as there are shares."""
    start = opt.Start(latents=opt.InitLatents(shares=[0.7, 0.3]))
    rescue = wanted(options(plan=opt.Plan(name="rescue"), start=start), MENU)
    assert (Pass("first", "rescue", alpha=0.9, cfg=6.8, steps=4, denoise=0.5),) == rescue.request.passes
    assert pytest.approx((0.7, 0.3)) == rescue.latent_shares


def test_own_passes_are_run_as_they_stand() -> None:
    """A plan that is not on the menu, with a name for the record."""
    passes = [render_pb2.Pass(name="a", alpha=1.5), render_pb2.Pass(base_model="second", steps=8, denoise=0.25)]
    request = wanted(options(plan=opt.Plan(name="mine", passes=passes)), MENU).request
    assert "mine" == request.plan
    assert (Pass("first", "a", alpha=1.5, steps=4), Pass("second", steps=8, denoise=0.25)) == request.passes


@pytest.mark.parametrize(
    ("start", "denoise"),
    [
        (opt.Start(picture=opt.InitPicture()), 0.8),
        (opt.Start(latents=opt.InitLatents(shares=[1])), 0.5),
        (opt.Start(picture=opt.InitPicture(), denoise=0.3), pytest.approx(0.3)),
    ],
)
def test_a_start_says_how_much_is_rendered_anew(start: opt.Start, denoise: float) -> None:
    """0.8 for pictures, 0.5 for latents, or as asked."""
    assert denoise == wanted(options(start=start, steps=10), MENU).request.passes[0].denoise


def test_a_pose_may_be_points_or_a_template() -> None:
    """Points as they are, templates at the size of the canvas."""
    points = KeyPoints(**{name: Point(x=x, y=y) for name, (x, y) in zip(POINTS, SPREAD, strict=True)})
    own = wanted(options(pose=opt.Pose(key_points=points)), MENU).request
    template = wanted(options(pose=opt.Pose(template=opt.PoseTemplate(name="left"))), MENU).request
    assert SPREAD == [tuple(point) for point in own.key_points.tolist()]
    assert placed(POSES["left"], 64, 64).tolist() == template.key_points.tolist()


def test_engines_that_look_at_nothing_ask_for_nothing() -> None:
    """Without a recogniser there is no identity, without plans no passes."""
    face = {"key_points": KeyPoints(**{name: Point(x=x, y=y) for name, (x, y) in zip(POINTS, SPREAD, strict=True)})}
    got = wanted(options(identity=None, reference=opt.Reference(face=face)), PREVIEW)
    assert (None, ()) == (got.request.identity, got.request.passes)


POINTS = ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")
SPREAD = [(20.0, 20.0), (40.0, 20.0), (30.0, 30.0), (22.0, 44.0), (38.0, 44.0)]
OUTSIDE = KeyPoints(**{name: Point(x=x + 40, y=y) for name, (x, y) in zip(POINTS, SPREAD, strict=True)})
TWICE = KeyPoints(**{name: Point(x=5, y=5) for name in POINTS})
LONG = "x" * 2001
PICTURE = opt.InitPicture()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"prompts": []}, "prompts"),
        ({"prompts": [opt.Prompt()] * 17}, "prompts"),
        ({"prompts": [opt.Prompt(text=LONG)]}, "prompts.text"),
        ({"prompts": [opt.Prompt(negative=LONG)]}, "prompts.negative"),
        ({"pictures": []}, "pictures"),
        ({"pictures": [opt.PictureOptions()] * 65}, "pictures"),
        ({"pictures": [opt.PictureOptions(prompt=1)]}, "pictures.prompt"),
        ({"identity": None}, "identity"),
        ({"pose": None}, "pose"),
        ({"pose": opt.Pose(key_points=OUTSIDE)}, "pose.key_points"),
        ({"pose": opt.Pose(key_points=TWICE)}, "pose.key_points"),
        ({"size": Size(width=64, height=100)}, "size.height"),
        ({"size": Size(width=32, height=64)}, "size.width"),
        ({"size": Size(width=2048, height=2048)}, "size"),
        ({"steps": 0}, "steps"),
        ({"steps": 151}, "steps"),
        ({"cfg": 21.0}, "cfg"),
        ({"cfg": float("nan")}, "cfg"),
        ({"scheduler": render_pb2.SCHEDULER_UNSPECIFIED}, "scheduler"),
        ({"adapter": render_pb2.Strength(value=2.5)}, "adapter.value"),
        (
            {"identity_net": render_pb2.Strength(value=1, window={"start": 0.6, "end": 0.5})},
            "identity_net.window.start",
        ),
        ({"controls": [render_pb2.Control(name="canny")] * 2}, "controls"),
        ({"loras": [render_pb2.Lora(name="style", weight=3)]}, "loras.weight"),
        ({"loras": [render_pb2.Lora(name="style")] * 2}, "loras"),
        ({"start": opt.Start()}, "start"),
        ({"start": opt.Start(picture=PICTURE, denoise=0.0)}, "start.denoise"),
        ({"start": opt.Start(picture=PICTURE, denoise=1.1)}, "start.denoise"),
        ({"start": opt.Start(picture=PICTURE, denoise=0.2)}, "start.denoise"),
        ({"start": opt.Start(latents=opt.InitLatents(shares=[0.5]))}, "start.latents.shares"),
        ({"start": opt.Start(latents=opt.InitLatents())}, "start.latents.shares"),
        ({"plan": opt.Plan(name="rescue")}, "start"),
        ({"plan": opt.Plan(passes=[render_pb2.Pass()] * 5)}, "plan.passes"),
        ({"plan": opt.Plan(passes=[render_pb2.Pass(alpha=-1)])}, "plan.passes.alpha"),
        ({"plan": opt.Plan(passes=[render_pb2.Pass(denoise=0.5)])}, "plan.passes.denoise"),
        ({"kind": Kind.KIND_JPEG}, "kind"),
        ({"priority": work_pb2.PRIORITY_UNSPECIFIED}, "priority"),
        ({"step_id": "x" * 65}, "step_id"),
    ],
)
def test_what_is_out_of_range_is_named(changes: dict[str, Any], field: str) -> None:
    """INVALID_FIELD with the field and what would be right."""
    with pytest.raises(BadRequest) as caught:
        wanted(options(**changes), MENU)
    assert reasons.REASON_INVALID_FIELD == caught.value.reason
    assert [field] == list(caught.value.fields)


@pytest.mark.parametrize(
    "changes",
    [
        {"base_model": "third"},
        {"controls": [render_pb2.Control(name="pose")]},
        {"loras": [render_pb2.Lora(name="other")]},
        {"plan": opt.Plan(name="magic")},
        {"plan": opt.Plan(passes=[render_pb2.Pass(base_model="third")])},
        {"pose": opt.Pose(template=opt.PoseTemplate(name="handstand"))},
    ],
)
def test_what_is_not_on_the_menu_is_unknown(changes: dict[str, Any]) -> None:
    """UNKNOWN_NAME, which a caller can look up."""
    with pytest.raises(BadRequest) as caught:
        wanted(options(**changes), MENU)
    assert reasons.REASON_UNKNOWN_NAME == caught.value.reason


def test_latents_are_refused_where_there_are_none() -> None:
    """By engines that do not denoise."""
    with pytest.raises(BadRequest, match="latents"):
        wanted(options(identity=None, send_latents=True), PREVIEW)


def test_a_photo_is_asked_for_where_it_is_needed() -> None:
    """With the face that is meant."""
    with pytest.raises(BadRequest, match="photo"):
        wanted(options(identity=None), PREVIEW)
