"""The rows of one tick: what is stacked once, as long as the same pictures sit together, and one step of all of them.

A row is one half of one picture. First come the unconditional halves of the guided pictures, then the conditional ones
of all, then copies of the last row up to the size that the backend wants.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from services.generator import ops
from services.generator.backends import Backend
from services.generator.constants import Conditions
from services.generator.counters import Counters
from services.generator.image import Image
from services.generator.loading import Base, Models
from services.generator.networks import ControlNet, Residuals, View, summed
from services.generator.text import Encoded


class _Net(NamedTuple):
    """A ControlNet of the batch, and how to read what is each picture's own."""

    net: ControlNet
    strength: Callable[[Image], float]
    condition: Callable[[Conditions], Tensor | None]
    states: Callable[[], Tensor]
    """What it looks at, for all rows."""


class _Stack(NamedTuple):
    """What a ControlNet needs of some rows."""

    rows: list[int]
    view: View
    pooled: Tensor
    time_ids: Tensor
    embedded: Tensor


class Batch:
    """Pictures of one kinship, at most as many as there are rows. Lives until somebody joins or leaves."""

    def __init__(self, models: Models, base: Base, backend: Backend, counters: Counters, images: list[Image]) -> None:
        self.images = sorted(images, key=lambda image: not image.guided)
        self.rows = sum(image.rows for image in images)
        self._base = base
        self._loras = images[0].kinship.loras
        self._backend = backend
        self._counters = counters
        self._pairs = sum(image.guided for image in images)
        self._device, self._dtype = models.device, models.dtype
        self._owners = self._padded([*range(self._pairs), *range(len(images))])
        self._halves = self._padded([False] * self._pairs + [True] * len(images))
        self._states = self._each(lambda own, positive: (own.positive if positive else _negative(own)).states)
        self._pooled = self._each(lambda own, positive: (own.positive if positive else _negative(own)).pooled)
        self._time_ids = self._each(lambda own, _: own.time_ids)
        nobody = models.unconditional
        self._identity = self._each(lambda own, positive: own.identity if positive else nobody)
        self._weights = self._guidance()
        self._nets = self._controlnets(models)
        self._stacks: dict[int, _Stack] = {}
        with base.loras.acting(self._loras):
            self._view = self._look()

    def predict(self) -> Tensor:
        """One forward for all. Predictions (pictures, 4, h, w), float32, guided, in the order of `images`."""
        with self._base.loras.acting(self._loras):
            return self._predict()

    def _predict(self) -> Tensor:
        sample, timesteps = self._sample(), self._timesteps()
        scale = self._scales([image.adapter for image in self.images])
        added = self._residuals(sample, timesteps)
        self._counters.unet_forwards += 1
        self._counters.unet_rows += len(self._owners)
        prediction = self._backend.denoise(
            self._base.denoiser, sample, timesteps, self._view.scaled(scale), self._pooled, self._time_ids, added
        )
        return ops.guided(prediction[: self.rows].float(), self._weights, self._pairs)

    def _sample(self) -> Tensor:
        inputs = [image.model_input() for image in self.images]
        return torch.cat([inputs[owner] for owner in self._owners]).to(self._dtype)

    def _timesteps(self) -> Tensor:
        times = [image.time for image in self.images]
        return torch.tensor([times[owner] for owner in self._owners], device=self._device)

    def _scales(self, values: Sequence[float]) -> Tensor | None:
        """(rows, 1, 1, 1) of one value a picture. None if all are 0, so that nothing needs to run."""
        if not any(values):
            return None
        scales = torch.tensor([values[owner] for owner in self._owners], device=self._device, dtype=self._dtype)
        return scales.view(-1, 1, 1, 1)

    def _guidance(self) -> Tensor | None:
        if not self._pairs:
            return None
        weights = [image.pass_.cfg for image in self.images[: self._pairs]]
        return torch.tensor(weights, device=self._device).view(-1, 1, 1, 1)

    def _look(self) -> View:
        self._counters.projections += 1
        return self._base.denoiser.look(self._states, self._identity, self._base.adapter)

    # --- ControlNets ---

    def _controlnets(self, models: Models) -> list[_Net]:
        """IdentityNet sees the identity and no text, the others the text and no identity."""
        nets = [_Net(models.identity_net, lambda image: image.identity_net, _key_points, lambda: self._identity)]
        for place, name in enumerate(self.images[0].kinship.controls):
            nets.append(
                _Net(
                    models.controls[name],
                    lambda image, place=place: image.control(place),  # type: ignore[misc]
                    lambda own, place=place: own.controls[place],  # type: ignore[misc]
                    lambda: self._states,
                )
            )
        return nets

    def _residuals(self, sample: Tensor, timesteps: Tensor) -> Residuals | None:
        parts = (self._residual(place, net, sample, timesteps) for place, net in enumerate(self._nets))
        return summed([part for part in parts if part is not None])

    def _residual(self, place: int, net: _Net, sample: Tensor, timesteps: Tensor) -> Residuals | None:
        """Runs the net for those rows in which it acts, at this step."""
        strengths = [net.strength(image) for image in self.images]
        scale = self._scales(strengths)
        if scale is None:
            return None
        acting = [row for row, owner in enumerate(self._owners[: self.rows]) if strengths[owner]]
        stack = self._stack(place, net, acting)
        self._count(place, stack)
        whole = len(stack.rows) == len(self._owners)
        if not whole:
            sample, timesteps, scale = sample[stack.rows], timesteps[stack.rows], scale[stack.rows]
        residuals = self._backend.control(
            net.net, sample, timesteps, stack.view, stack.pooled, stack.time_ids, stack.embedded, scale
        )
        return residuals if whole else _spread(residuals, acting, len(self._owners))

    def _stack(self, place: int, net: _Net, acting: list[int]) -> _Stack:
        kept = self._stacks.get(place)
        rows = self._padded(acting) if len(acting) < self.rows else list(range(len(self._owners)))
        if kept is None or kept.rows != rows:
            kept = self._stacks[place] = self._stacked(net, rows)
        return kept

    def _stacked(self, net: _Net, rows: list[int]) -> _Stack:
        self._counters.projections += 1
        embedded = [net.condition(self.images[self._owners[row]].conditions) for row in rows]
        states = net.states()
        return _Stack(
            rows=rows,
            view=net.net.look(states[rows]),
            pooled=self._pooled[rows],
            time_ids=self._time_ids[rows],
            embedded=torch.cat([each for each in embedded if each is not None]),
        )

    def _count(self, place: int, stack: _Stack) -> None:
        if place:
            self._counters.control_forwards += 1
        else:
            self._counters.identity_forwards += 1
            self._counters.identity_rows += len(stack.rows)

    # --- rows ---

    def _padded(self, rows: list[bool] | list[int]) -> list[int]:
        return [*rows, *[rows[-1]] * (self._backend.bucket(len(rows)) - len(rows))]

    def _each(self, part: Callable[[Conditions, bool], Tensor]) -> Tensor:
        return torch.cat(
            [
                part(self.images[owner].conditions, bool(positive))
                for owner, positive in zip(self._owners, self._halves, strict=True)
            ]
        )


def _negative(own: Conditions) -> Encoded:
    if own.negative is None:
        raise ValueError("an unconditional row without a negative")
    return own.negative


def _key_points(own: Conditions) -> Tensor | None:
    return own.key_points


def _spread(residuals: Residuals, acting: list[int], rows: int) -> Residuals:
    """Residuals of some rows among all, nothing for the others."""

    def spread(part: Tensor) -> Tensor:
        full = part.new_zeros(rows, *part.shape[1:])
        full[acting] = part[: len(acting)]
        return full

    return Residuals(tuple(spread(part) for part in residuals.down), spread(residuals.mid))
