"""What the verifier can be told."""

from pydantic import Field

from services.common.settings import Count, Port, Seconds
from services.common.startup import StartupError
from services.faces.embedding import Thresholds
from services.faces.opening import Second
from services.faces.settings import FaceSettings, FourThresholds


class VerifierSettings(FaceSettings):
    """The faces' settings, with ports of its own and perhaps a second recogniser."""

    grpc_port: Port = Field(7440, description="gRPC.")
    metrics_port: Port = Field(7494, description="Prometheus scrapes it.")

    photo_max_bytes: Count = Field(67_108_864, description="The largest picture; the rows of one in 4K are 50 million.")
    decode_s: Seconds = Field(10, description="What decoding one picture may take.")
    decode_memory_bytes: Count = Field(600_000_000, description="What decoding one picture may take beside it.")

    second_recogniser: str | None = Field(None, description="A model for second opinions, auraface-v1 for example.")
    second_thresholds: FourThresholds = None
    pictures_at_once: Count = Field(4, description="Pictures of one call that are worked on together.")

    def second(self) -> Second | None:
        if self.second_recogniser is not None:
            own = self.second_thresholds
            return Second(self.second_recogniser, None if own is None else Thresholds(*own))
        if self.second_thresholds is not None:
            raise StartupError("LIKENESS_SECOND_THRESHOLDS: there is no LIKENESS_SECOND_RECOGNISER")
        return None
