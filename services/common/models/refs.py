"""Opened models as answers name them."""

from likeness.common.v1 import work_pb2

from services.common.models.model import CommercialUse
from services.common.models.store import OpenedModel

_USE = {
    CommercialUse.YES: work_pb2.COMMERCIAL_USE_YES,
    CommercialUse.NO: work_pb2.COMMERCIAL_USE_NO,
    CommercialUse.UNKNOWN: work_pb2.COMMERCIAL_USE_UNKNOWN,
}


def model_ref(model: OpenedModel) -> work_pb2.ModelRef:
    """What a caller learns of a model that took part."""
    return work_pb2.ModelRef(
        name=model.name,
        digest=model.digest,
        licence=model.licence,
        commercial_use=_USE[model.commercial_use],
    )
