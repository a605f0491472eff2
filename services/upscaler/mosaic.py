"""An enlarged picture while its windows arrive."""

import torch
from torch import Tensor

from services.upscaler.memory import DeviceFull, attempted
from services.upscaler.tiles import Plan, Window


class Mosaic:
    """Lives as long as its picture is being enlarged. Holds nothing before the first window comes."""

    def __init__(self, plan: Plan, scale: int) -> None:
        self._plan = plan
        self._scale = scale
        self._whole: Tensor | None = None

    def add(self, window: Window, result: Tensor) -> None:
        """`result` (3, scale·h, scale·w), float32, of that window."""
        if len(self._plan) == 1:
            self._whole = result
            return
        if self._whole is None:
            self._whole = self._empty(result.device)
        down, across = self._plan.weights(window, self._scale)
        weights = (down * across).to(result.device)
        self._at(window).add_((result * weights).to(self._whole.device))

    def whole(self) -> Tensor:
        """(3, scale·height, scale·width), once every window has come."""
        if self._whole is None:
            raise RuntimeError("no window has come")
        return self._whole

    def _at(self, window: Window) -> Tensor:
        left, top, width, height = (self._scale * side for side in window)
        return self.whole()[:, top : top + height, left : left + width]

    def _empty(self, device: torch.device) -> Tensor:
        """On the device, or in main memory where the device has no room for it beside the network."""
        width, height = self._plan.picture
        shape = (3, self._scale * height, self._scale * width)
        try:
            return attempted(lambda: torch.zeros(shape, device=device), device)
        except DeviceFull:
            return torch.zeros(shape)
