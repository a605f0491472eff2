"""What is kept, and why the rest is not."""

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.identity_pb2 import TIER_FAIL, TIER_LOCKED, TIER_MATCH, TIER_STRONG, Drift, Tier
from likeness.common.v1.reason_pb2 import Problem
from likeness.verifier.v1 import verifier_pb2 as pb

from gateway.pipeline.judging import objection


def _measured(tier: Tier) -> pb.VerifiedPicture:
    return pb.VerifiedPicture(status=pb.STATUS_MEASURED, drift=Drift(value=0.3, tier=tier))


@pytest.mark.parametrize("accept", [TIER_MATCH, TIER_STRONG, TIER_LOCKED])
@pytest.mark.parametrize("tier", [TIER_FAIL, TIER_MATCH, TIER_STRONG, TIER_LOCKED])
def test_a_picture_is_kept_at_the_tier_asked_for_or_a_better_one(tier: Tier, accept: Tier) -> None:
    """The recogniser's own word counts, not a number."""
    problem = objection(_measured(tier), accept)

    assert (problem is None) == (tier >= accept)
    assert problem is None or problem.reason == reasons.REASON_DRIFTED


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (pb.STATUS_NO_FACE, reasons.REASON_NO_FACE),
        (pb.STATUS_SEVERAL_FACES, reasons.REASON_MULTIPLE_FACES),
        (pb.STATUS_FACE_TOO_SMALL, reasons.REASON_FACE_TOO_SMALL),
        (pb.STATUS_UNREADABLE, reasons.REASON_DECODE_LIMIT),
    ],
)
def test_what_could_not_be_measured_is_not_kept(status: pb.Status, reason: int) -> None:
    """It says why; unless everything is kept."""
    seen = pb.VerifiedPicture(status=status, problem=Problem(reason=reasons.REASON_DECODE_LIMIT))
    problem = objection(seen, TIER_MATCH)

    assert problem is not None
    assert problem.reason == reason
    assert objection(seen, TIER_FAIL) is None
