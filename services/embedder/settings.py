"""What the embedder can be told."""

from pydantic import Field

from services.common.settings import Port
from services.faces.settings import FaceSettings


class EmbedderSettings(FaceSettings):
    """The faces' settings, with ports of its own."""

    grpc_port: Port = Field(7410, description="gRPC.")
    metrics_port: Port = Field(7491, description="Prometheus scrapes it.")
