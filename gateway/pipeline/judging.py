"""Whether a picture is good enough to be kept."""

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.identity_pb2 import TIER_FAIL, Tier
from likeness.common.v1.reason_pb2 import Problem, Reason
from likeness.verifier.v1.verifier_pb2 import (
    STATUS_FACE_TOO_SMALL,
    STATUS_MEASURED,
    STATUS_NO_FACE,
    STATUS_SEVERAL_FACES,
    VerifiedPicture,
)

_UNMEASURED: dict[int, Reason] = {
    STATUS_NO_FACE: reasons.REASON_NO_FACE,
    STATUS_SEVERAL_FACES: reasons.REASON_MULTIPLE_FACES,
    STATUS_FACE_TOO_SMALL: reasons.REASON_FACE_TOO_SMALL,
}


def objection(seen: VerifiedPicture, accept: Tier) -> Problem | None:
    """Why it is not kept. None: it is. A job that accepts even TIER_FAIL keeps everything."""
    if accept == TIER_FAIL:
        return None
    if seen.status != STATUS_MEASURED:
        return Problem(reason=_unmeasured(seen), message="the picture has no face that could be measured")
    if seen.drift.tier >= accept:
        return None
    wanted = Tier.Name(accept).removeprefix("TIER_").lower()
    return Problem(reason=reasons.REASON_DRIFTED, message=f"the picture is further from the person than {wanted}")


def _unmeasured(seen: VerifiedPicture) -> Reason:
    return _UNMEASURED.get(seen.status) or seen.problem.reason or reasons.REASON_CORRUPT
