"""Networks as PyTorch runs them, operation by operation."""

from torch import Tensor

from services.generator.networks import ControlNet, Denoiser, Residuals, View


class Eager:
    """Any number of rows, no warm-up; the one that everything else is compared with."""

    name = "eager"

    def bucket(self, rows: int) -> int:
        return rows

    def denoise(
        self,
        net: Denoiser,
        sample: Tensor,
        timesteps: Tensor,
        view: View,
        pooled: Tensor,
        time_ids: Tensor,
        added: Residuals | None,
    ) -> Tensor:
        return net(sample, timesteps, view, pooled, time_ids, added)

    def control(
        self,
        net: ControlNet,
        sample: Tensor,
        timesteps: Tensor,
        view: View,
        pooled: Tensor,
        time_ids: Tensor,
        embedded: Tensor,
        scale: Tensor,
    ) -> Residuals:
        return net(sample, timesteps, view, pooled, time_ids, embedded, scale)
