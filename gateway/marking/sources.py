"""How a picture came to be, in IPTC's words: https://cv.iptc.org/newscodes/digitalsourcetype/."""

from likeness.gateway.v1.result_pb2 import SOURCE_COMPOSITE

from gateway.pipeline.finishing import Origin

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED = f"{_IPTC}trainedAlgorithmicMedia"
COMPOSITE = f"{_IPTC}composite"
COMPOSITE_WITH_TRAINED = f"{_IPTC}compositeWithTrainedAlgorithmicMedia"

_ENLARGING = "upscaler"


def source_type(origin: Origin) -> str:
    """A restaged photo is a composite; one that a network enlarged has pixels of that network's making in it."""
    if origin.source != SOURCE_COMPOSITE:
        return TRAINED
    enlarged = any(made.service == _ENLARGING for made in origin.made_by)
    return COMPOSITE_WITH_TRAINED if enlarged else COMPOSITE
