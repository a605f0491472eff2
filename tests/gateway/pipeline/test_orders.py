"""Specs checked and completed."""

import itertools

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_HEIC, KIND_JPEG, KIND_RGB8
from likeness.common.v1.identity_pb2 import TIER_FAIL, TIER_STRONG, TIER_UNSPECIFIED
from likeness.common.v1.work_pb2 import PRIORITY_BATCH, PRIORITY_INTERACTIVE, PRIORITY_UNSPECIFIED
from likeness.gateway.v1.job_pb2 import JobSpec, StyleOrder

from gateway.pipeline.orders import OrderLimits, Orders, places, priority_of, shot_of
from gateway.styles import read_styles
from likeness_wire.errors import BadRequest, LikenessError, NotAllowed
from services.common.admission import Priority
from tests.gateway.pipeline.shop import POLICY, SEED, STYLES, orders, spec


def _refusal(asked: JobSpec, **limits: object) -> LikenessError:
    with pytest.raises(LikenessError) as refused:
        orders(**limits).completed(asked)
    return refused.value


def test_every_default_is_filled_in() -> None:
    """What is left open afterwards is what varies by picture; and who asked still has what they sent."""
    counted = itertools.count(77)
    takes = Orders(read_styles(STYLES), POLICY, OrderLimits(), draw=lambda: next(counted))
    asked = JobSpec(styles=[StyleOrder(style="plain", count=2), StyleOrder(style="rescued", count=1, seed=0)])
    complete = takes.completed(asked)

    assert complete.accept_tier == TIER_STRONG
    assert (complete.max_tries, complete.kind, complete.priority) == (4, KIND_JPEG, PRIORITY_BATCH)
    assert not complete.HasField("long_side")
    assert [order.seed for order in complete.styles] == [77, 0]
    assert [order.expression for order in complete.styles] == ["soft-smile"] * 2
    assert [order.pose for order in complete.styles] == ["", ""]
    assert not asked.HasField("max_tries")
    assert not asked.styles[0].HasField("seed")
    assert takes.completed(complete) == complete


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (JobSpec(), "styles"),
        (spec(*[1] * 21), "styles"),
        (spec(0), "styles[0].count"),
        (spec(60, 41), "styles.count"),
        (spec(max_tries=0), "max_tries"),
        (spec(max_tries=9), "max_tries"),
        (spec(long_side=255), "long_side"),
        (spec(long_side=3841), "long_side"),
        (spec(kind=KIND_HEIC), "kind"),
        (spec(kind=KIND_RGB8), "kind"),
        (spec(priority=PRIORITY_UNSPECIFIED), "priority"),
        (spec(accept_tier=TIER_UNSPECIFIED), "accept_tier"),
    ],
)
def test_what_is_out_of_range_is_named(asked: JobSpec, field: str) -> None:
    """INVALID_FIELD, with its path."""
    error = _refusal(asked)

    assert isinstance(error, BadRequest)
    assert error.reason == reasons.REASON_INVALID_FIELD
    assert list(error.fields) == [f"spec.{field}"]


@pytest.mark.parametrize("wrong", [{"style": "none"}, {"pose": "none"}, {"expression": "none"}])
def test_what_no_style_offers_is_refused(wrong: dict[str, str]) -> None:
    """UNKNOWN_NAME, with the order that is meant and what of it."""
    order = StyleOrder(**({"style": "plain", "count": 1} | wrong))  # type: ignore[arg-type]
    error = _refusal(JobSpec(styles=[StyleOrder(style="plain", count=1), order]))

    assert error.reason == reasons.REASON_UNKNOWN_NAME
    assert [f"spec.styles[1].{each}" for each in wrong] == list(error.fields)


def test_refused_words_are_refused_with_their_category_and_without_themselves() -> None:
    """In any order of the job."""
    order = StyleOrder(style="plain", count=1, free_text="n.u.d.e on a beach")
    error = _refusal(JobSpec(styles=[StyleOrder(style="plain", count=1), order]))

    assert (error.reason, error.metadata["category"]) == (reasons.REASON_PROMPT_REFUSED, "nudity")
    assert ["spec.styles[1].free_text"] == list(error.fields)
    assert "beach" not in error.message


def test_words_go_only_where_a_style_takes_them() -> None:
    """And they are its pictures' from then on."""
    assert _refusal(JobSpec(styles=[StyleOrder(style="rescued", count=1, free_text="a hat")])).reason == (
        reasons.REASON_INVALID_FIELD
    )
    taken = orders().completed(JobSpec(styles=[StyleOrder(style="plain", count=1, free_text="a hat")]))
    assert "a hat" in shot_of(read_styles(STYLES), taken, places(taken)[0]).prompt


def test_keeping_everything_is_for_servers_that_allow_it() -> None:
    """NOT_ALLOWED elsewhere."""
    assert isinstance(_refusal(spec(accept_tier=TIER_FAIL)), NotAllowed)
    assert orders(may_keep_everything=True).completed(spec(accept_tier=TIER_FAIL)).accept_tier == TIER_FAIL


def test_limits_are_the_servers() -> None:
    """Also the usual number of tries gives way."""
    assert orders(max_tries=2).completed(spec()).max_tries == 2
    assert _refusal(spec(4), max_pictures=3).reason == reasons.REASON_INVALID_FIELD
    assert orders(max_pictures=3).completed(spec(2, 1)).styles[1].count == 1


def test_pictures_are_numbered_through_all_orders() -> None:
    """Poses take turns within an order."""
    complete = orders().completed(spec(3, 2))
    styles = read_styles(STYLES)
    laid_out = places(complete)

    assert [place.number for place in laid_out] == [0, 1, 2, 3, 4]
    assert [(place.style_index, place.picture, place.pictures) for place in laid_out] == [
        (0, 0, 3), (0, 1, 3), (0, 2, 3), (1, 0, 2), (1, 1, 2),
    ]  # fmt: skip
    assert [shot_of(styles, complete, place).pose for place in laid_out] == ["front", "left", "front", "front", "left"]
    assert [place.order.seed for place in laid_out] == [SEED] * 3 + [SEED + 1] * 2


def test_a_single_order_is_checked_like_one_of_a_job() -> None:
    """For FindSeed: whatever its count."""
    complete = orders().style_order(StyleOrder(style="plain", seed=3))

    assert (complete.count, complete.seed, complete.expression) == (1, 3, "soft-smile")
    with pytest.raises(BadRequest):
        orders().style_order(StyleOrder(style="plain", free_text="naked"))


def test_priorities_are_the_jobs_own() -> None:
    """As dispatch knows them."""
    assert priority_of(orders().completed(spec())) is Priority.BATCH
    assert priority_of(orders().completed(spec(priority=PRIORITY_INTERACTIVE))) is Priority.INTERACTIVE
