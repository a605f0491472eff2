"""What an engine did, counted: free of noise where times are not. Read by metrics, benches and tests."""

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Counters:
    """Since the engine began. Written by its thread only, except `decodes`, which is the finishing thread's."""

    unet_forwards: int = 0
    unet_rows: int = 0
    identity_forwards: int = 0
    identity_rows: int = 0
    control_forwards: int = 0
    projections: int = 0
    """Times that keys and values of a batch were projected anew."""
    prompt_encodings: int = 0
    identity_tokens: int = 0
    key_point_embeddings: int = 0
    map_embeddings: int = 0
    picture_encodings: int = 0
    parked: int = 0
    decodes: int = 0

    def since(self, before: "Counters") -> "Counters":
        return Counters(**{each.name: getattr(self, each.name) - getattr(before, each.name) for each in fields(self)})

    def copy(self) -> "Counters":
        return Counters(**{each.name: getattr(self, each.name) for each in fields(self)})
