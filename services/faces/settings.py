"""What a process that looks at faces can be told."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.common.models.settings import ModelSettings
from services.common.settings import Count, Seconds
from services.faces.embedding import Thresholds
from services.faces.placement import Placement

FourThresholds = Annotated[
    tuple[float, float, float, float] | None,
    Field(
        description="Largest drift for locked, strong and match, and the smallest of a stranger: [0.18,0.3,0.55,0.7]."
    ),
]


class FaceSettings(ModelSettings):
    """Shared by embedder and verifier."""

    face_engine: Literal["insightface", "dlib"] = Field(
        "insightface", description="dlib is for evaluation, without a GPU."
    )
    face_pack: str = Field("antelopev2", description="insightface: the model with detector and recogniser.")
    provider: Literal["cpu", "cuda", "tensorrt"] = Field("cuda", description="insightface: where it runs, or it stops.")
    device_id: int = Field(0, ge=0, description="Which GPU.")
    engine_cache: Path | None = Field(None, description="tensorrt: folder for built engines, only for this service.")
    recogniser_batch: Count = Field(32, description="Faces in one run of the recogniser, of any number of calls.")
    thresholds: FourThresholds = None
    working_side_px: Annotated[int, Field(ge=640)] = Field(
        2016, description="Photos are looked at in at most this size, half a phone's; one with a small face in full."
    )
    calls: Count = Field(8, description="Calls worked on together; what is beyond waits in order.")

    photo_max_bytes: Count = Field(25_000_000, description="The largest photo, as bytes.")
    photo_max_pixels: Count = Field(50_000_000, description="The largest photo, in pixels.")
    decode_s: Seconds = Field(2, description="What decoding one photo may take.")
    decode_memory_bytes: Count = Field(300_000_000, description="What decoding one photo may take beside it.")

    @model_validator(mode="after")
    def _rising(self) -> "FaceSettings":
        for name in ("thresholds", "second_thresholds"):
            values = getattr(self, name, None)
            if values is not None and not 0 <= values[0] <= values[1] <= values[2] <= values[3] <= 2:
                raise ValueError(f"{name} must rise from 0 to 2")
        return self

    def placement(self) -> Placement:
        return Placement(self.provider, self.device_id, self.compute_threads, self.engine_cache)

    def own_thresholds(self) -> Thresholds | None:
        return None if self.thresholds is None else Thresholds(*self.thresholds)
