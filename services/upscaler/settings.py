"""What the upscaler can be told."""

from pydantic import Field

from services.common.models.settings import ModelSettings
from services.common.settings import Count, Port, Seconds
from services.upscaler.precision import Precision


class UpscalerSettings(ModelSettings):
    """The shell's settings and the models', with ports of its own."""

    grpc_port: Port = Field(7430, description="gRPC.")
    metrics_port: Port = Field(7493, description="Prometheus scrapes it.")

    device: str = Field("cuda", description="cuda, cuda:1, … or cpu. What is not there stops the process.")
    precision: Precision = Field(Precision.AUTO, description="auto: bfloat16 where it is built in and right.")
    networks: tuple[str, ...] = Field(
        ("x4plus",),
        description="x4plus, x4plus-ncnn, x2plus, general-x4v3 or models of your own; the default first; JSON list.",
    )
    tile_max_pixels: Count = Field(1_048_576, description="Pixels of the picture that one run of a network sees.")
    tile_memory_bytes: Count | None = Field(
        None, description="What one run of a network may hold. Unset: a share of what is free at the start."
    )

    queue_places: Count = Field(1024, description="Work that may wait; one place for every 256 × 256 pixels.")
    calls: Count = Field(4, description="Calls worked on together; as many urgent ones may be beside them.")
    encode_threads: Count = Field(2, description="Threads that code one PNG.")

    picture_max_bytes: Count = Field(52_428_800, description="The largest picture of a call, as bytes.")
    picture_max_pixels: Count = Field(16_777_216, description="The largest picture of a call, in pixels.")
    result_max_pixels: Count = Field(67_108_864, description="The largest enlarged picture, in pixels.")
    decode_s: Seconds = Field(10, description="What decoding one picture may take.")
    decode_memory_bytes: Count = Field(600_000_000, description="What decoding one picture may take beside it.")
