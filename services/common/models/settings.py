"""The two variables of every process that loads models."""

from pathlib import Path

from pydantic import Field

from services.common.models.store import LicencePolicy, ModelStore
from services.common.settings import ProcessSettings


class ModelSettings(ProcessSettings):
    """For the settings of a service with models to inherit from."""

    models_dir: Path | None = Field(None, description="Folder of weights; not needed for models that pip brings.")
    license_policy: LicencePolicy = Field(
        LicencePolicy.RESEARCH, description="commercial refuses models whose results may not, or perhaps not, be sold."
    )

    def model_store(self) -> ModelStore:
        return ModelStore(self.models_dir, self.license_policy, threads=self.compute_threads)
