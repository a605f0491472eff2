"""The seam between the engine and what executes its networks."""

from typing import Protocol

from torch import Tensor

from services.generator.loading import Models
from services.generator.networks import ControlNet, Denoiser, Inputs, Residuals


class Backend(Protocol):
    """Runs the two networks of a step. Arguments are those of `Denoiser` and `ControlNet`."""

    name: str

    def prepare(self, models: Models) -> None:
        """Once, before the first step."""

    def bucket(self, rows: int) -> int:
        """How many rows a forward of so many really has; the difference is padded. At least `rows`."""

    def denoise(self, net: Denoiser, given: Inputs, added: Residuals | None) -> Tensor: ...

    def control(self, net: ControlNet, given: Inputs, embedded: Tensor, scale: Tensor) -> Residuals: ...
