"""How results say that they are made by AI."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from services.common.settings import PREFIX, ProcessSettings
from services.common.startup import StartupError


class MarkingSettings(ProcessSettings):
    """Results always say so in XMP. Without further settings they are signed too, by a certificate made here."""

    sign_results: bool = Field(True, description="Sign a C2PA manifest into results.")
    provenance_chain: Path | None = Field(None, description="PEM: the certificate that signs, then those above it.")
    provenance_key: Path | None = Field(None, description="Its key (P-256), PEM without a password.")
    provenance_signer: tuple[str, ...] = Field(
        (), description="JSON: a program that signs instead. Data on its standard input, ECDSA signature on its output."
    )
    provenance_anchors: Path | None = Field(None, description="PEM: whom our own check of the signature trusts.")
    provenance_timestamps: str = Field("", pattern="^(https?://.+)?$", description="Time-stamp authority (RFC 3161).")

    watermark: Literal["off", "trustmark"] = Field("off", description="An invisible mark in the pixels.")
    watermark_variant: Literal["P", "Q", "B", "C"] = Field("Q", description="Of TrustMark's networks.")


def require_one_signer(settings: MarkingSettings) -> None:
    """StartupError where it is not clear what signs."""
    ways = [settings.provenance_key is not None, bool(settings.provenance_signer)]
    if settings.provenance_chain is None and any(ways):
        raise StartupError(f"{PREFIX}PROVENANCE_CHAIN: has to be set where a key or a program signs")
    if settings.provenance_chain is not None and sum(ways) != 1:
        raise StartupError(f"{PREFIX}PROVENANCE_CHAIN: needs {PREFIX}PROVENANCE_KEY or {PREFIX}PROVENANCE_SIGNER")
