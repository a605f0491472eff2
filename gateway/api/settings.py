"""What the public API takes, and says of itself."""

from pathlib import Path

from pydantic import Field

from likeness_wire.certificates import CertificateFiles
from services.common.images import ImageLimits
from services.common.settings import PREFIX, Count, ProcessSettings, Seconds
from services.common.startup import StartupError


class ApiSettings(ProcessSettings):
    """The embedded profile needs none of it; several gateways need one binding key."""

    profile: str = Field("embedded", description="How all of it was started; GetServerInfo says it.")
    policy_version: str = Field("", max_length=128, description="The version that consent has to name. Unset: any.")
    binding_key_file: Path | None = Field(
        None, description="32 bytes in base64, the same for all gateways; unset: made in the data folder."
    )

    public_tls_chain: Path | None = Field(None, description="PEM shown to callers. Unset: an ingress ends TLS.")
    public_tls_key: Path | None = Field(None, description="PEM without a password.")

    uploads_at_once: Count = Field(16, description="Uploads that may be arriving; their photos are in memory.")
    photo_max_bytes: Count = Field(25_000_000, description="The largest photo, as bytes.")
    photo_max_pixels: Count = Field(50_000_000, description="The largest photo, in pixels.")
    photo_longest_side: Count = Field(4096, description="Photos are kept in at most this size, in pixels.")
    decode_s: Seconds = Field(2, description="What decoding one photo may take.")
    decode_memory_bytes: Count = Field(300_000_000, description="What decoding one photo may take beside it.")

    alive_s: float = Field(10, gt=0, le=15, description="The longest silence of a stream that watches a job.")

    def public_certificate(self) -> CertificateFiles | None:
        """What callers are shown. Who we are among our own services is another matter."""
        if self.public_tls_chain is None or self.public_tls_key is None:
            if self.public_tls_chain or self.public_tls_key:
                raise StartupError(f"{PREFIX}PUBLIC_TLS_CHAIN: chain and key belong together; one of them is not set")
            return None
        return CertificateFiles(self.public_tls_chain, self.public_tls_key)

    def image_limits(self) -> ImageLimits:
        return ImageLimits(
            max_bytes=self.photo_max_bytes,
            max_pixels=self.photo_max_pixels,
            decode_s=self.decode_s,
            decode_memory_bytes=self.decode_memory_bytes,
        )
