"""What the echo service can be told."""

from pydantic import Field

from services.common.settings import Count, Port, ProcessSettings, Seconds


class EchoSettings(ProcessSettings):
    """The shell's settings, with a port of its own and limits for the blobs it gives back."""

    grpc_port: Port = Field(7450, description="gRPC.")
    metrics_port: Port = Field(7495, description="Prometheus scrapes it.")
    blob_max_bytes: Count = Field(64 * 1024 * 1024, description="The largest blob.")
    blobs_max: Count = Field(64, description="Blobs in one call.")
    batch_items: Count = Field(1, description="Echoes that share one run of the worker.")
    batch_delay_s: Seconds = Field(0, description="How long an echo waits for others to share its run.")
