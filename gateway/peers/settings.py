"""Where the services are, and how much is sent to each."""

from pydantic import Field

from services.common.settings import Count, ProcessSettings, Seconds


class PeerSettings(ProcessSettings):
    """Targets are names of gRPC: `host:port`, `dns:///generator:7420`, `ipv4:10.0.0.1:7420,10.0.0.2:7420`.

    Places are items (photos, pictures) that may be with all replicas of a service at once, from this gateway: a little
    more than they work on together, so that none of them waits for a message. What exceeds them waits here, in turn.
    """

    embedder: str = Field("127.0.0.1:7410", description="The embedder.")
    embedder_places: Count = Field(8, description="Photos that may be there at once.")
    embedder_timeout_s: Seconds = Field(60, description="One call, from its first byte to its last.")

    generator: str = Field("127.0.0.1:7420", description="The generator.")
    generator_places: Count = Field(16, description="Pictures that may be there at once. It renders eight together.")
    generator_timeout_s: Seconds = Field(900, description="One call, its wait in the queue there included.")

    upscaler: str = Field("127.0.0.1:7430", description="The upscaler.")
    upscaler_places: Count = Field(4, description="Pictures that may be there at once.")
    upscaler_timeout_s: Seconds = Field(900, description="One call, its wait in the queue there included.")

    verifier: str = Field("127.0.0.1:7440", description="The verifier.")
    verifier_places: Count = Field(8, description="Pictures that may be there at once.")
    verifier_timeout_s: Seconds = Field(120, description="One call, from its first byte to its last.")
