"""What the generator can be told."""

from enum import StrEnum

from pydantic import Field

from services.common.models.settings import ModelSettings
from services.common.settings import Count, Port


class EngineName(StrEnum):
    """What renders."""

    DIFFUSION = "diffusion"
    PREVIEW = "preview"


class BackendName(StrEnum):
    """What runs the networks."""

    EAGER = "eager"
    COMPILE = "compile"
    TENSORRT = "tensorrt"


class Precision(StrEnum):
    """Number format of the networks. AUTO is float32 on a CPU and bfloat16 on a GPU."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class GeneratorSettings(ModelSettings):
    """The shell's settings and the models', with ports of its own."""

    grpc_port: Port = Field(7420, description="gRPC.")
    metrics_port: Port = Field(7492, description="Prometheus scrapes it.")

    engine: EngineName = Field(EngineName.DIFFUSION, description="diffusion, or preview: the photo restaged, no model.")
    device: str = Field("cuda", description="cuda, cuda:1, … or cpu. What is not there stops the process.")
    precision: Precision = Field(Precision.AUTO, description="auto: bfloat16 on a GPU, float32 on a CPU.")
    backend: BackendName = Field(BackendName.EAGER, description="eager, compile or tensorrt.")
    tf32: bool = Field(True, description="Lets a GPU round float32 products. Off to compare with a reference.")
    attention: str = Field(
        "auto", pattern="^(auto|flash|cudnn|efficient|math)$", description="Kernel of scaled dot products."
    )
    channels_last: bool = Field(False, description="Memory layout of convolutions; compile and tensorrt always use it.")
    compile_mode: str = Field(
        "max-autotune-no-cudagraphs",
        pattern="^(default|reduce-overhead|max-autotune|max-autotune-no-cudagraphs)$",
        description="torch.compile's; those with CUDA graphs pay off with few rows.",
    )
    compile_cache: str = Field("", description="Folder for compiled artefacts, kept from start to start.")

    base_models: tuple[str, ...] = Field(
        ("sdxl-base-1.0", "realvisxl-5.0"), description="SDXL bases, the default first; JSON list."
    )
    identity_net: str = Field("instantid-identitynet", description="InstantID's ControlNet.")
    identity_adapter: str = Field("instantid-ip-adapter", description="InstantID's adapter.")
    controls: tuple[str, ...] = Field((), description="Further ControlNets; JSON list.")
    loras: tuple[str, ...] = Field((), description="LoRAs; JSON list.")
    vae: str | None = Field(None, description="Used instead of the bases' own VAE.")
    recogniser_id: str = Field("", description="Of the embeddings the adapter was trained with; diffusion needs it.")

    rows: Count = Field(16, description="Rows of one forward; two make one picture with guidance.")
    calls: Count = Field(16, description="Calls inside the engine; as many urgent ones may be beside them.")
    buckets: tuple[int, ...] = Field((2, 4, 8, 16), description="Rows that compiled networks exist for; JSON list.")
    warm_sizes: tuple[str, ...] = Field(("896x1152",), description="Sizes compiled before the first call; JSON list.")
    min_side: Count = Field(256, description="Smallest side of a canvas, in pixels.")
    max_side: Count = Field(2048, description="Largest side of a canvas, in pixels.")
    max_canvas_pixels: Count = Field(2_359_296, description="Most pixels of a canvas.")
    blob_max_bytes: Count = Field(25_000_000, description="The largest blob of a call.")
    output_checker: str | None = Field(None, description="package.module:factory of a checker behind every picture.")
