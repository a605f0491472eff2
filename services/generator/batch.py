"""Pictures that sit together: what is stacked once for as long as they do, and one step of all of them."""

import torch
from torch import Tensor

from services.generator import ops
from services.generator.acting import Acting, Told
from services.generator.backends import Backend
from services.generator.constants import Conditions
from services.generator.counters import Counters
from services.generator.image import Image
from services.generator.loading import Base, Models
from services.generator.networks import Inputs, Residuals, summed
from services.generator.rows import Rows, Scales
from services.generator.text import Encoded


class Batch:
    """Pictures of one kinship, at most as many as there are rows. Lives until somebody joins or leaves."""

    def __init__(self, models: Models, base: Base, backend: Backend, counters: Counters, images: list[Image]) -> None:
        rows = self._rows = Rows(images, backend.bucket, models.device, models.dtype)
        self.images = rows.images
        self._base = base
        self._backend = backend
        self._counters = counters
        self._loras = images[0].kinship.loras
        self._adapter = Scales(rows)
        self._guidance = _guidance(rows)
        told = self._told = Told(
            text=rows.stacked(lambda own: own.positive.states, lambda own: _negative(own).states),
            identity=rows.stacked(lambda own: own.identity, lambda _: models.unconditional),
            pooled=rows.stacked(lambda own: own.positive.pooled, lambda own: _negative(own).pooled),
            time_ids=rows.stacked(lambda own: own.time_ids, lambda own: own.time_ids),
        )
        with base.loras.acting(self._loras):
            self._view = base.denoiser.look(told.text, told.identity, base.adapter)
        counters.projections += 1
        self._identity_net = Acting(
            models.identity_net,
            rows,
            strength=lambda image: image.identity_net,
            embedded=_key_points,
            states=told.identity,
            told=told,
        )
        self._controls = [self._control(models, place, name) for place, name in enumerate(images[0].kinship.controls)]

    @property
    def rows(self) -> int:
        """That belong to pictures."""
        return self._rows.count

    def predict(self) -> Tensor:
        """One forward for all. Predictions (pictures, 4, h, w), float32, guided, in the order of `images`."""
        rows, told = self._rows, self._told
        sample = rows.spread([image.model_input() for image in self.images]).to(rows.dtype)
        timesteps = rows.numbers([image.time for image in self.images])
        view = self._view.scaled(self._adapter([image.adapter for image in self.images]))
        added = self._residuals(sample, timesteps)
        with self._base.loras.acting(self._loras):
            given = Inputs(sample, timesteps, view, told.pooled, told.time_ids)
            prediction = self._backend.denoise(self._base.denoiser, given, added)
        self._counters.unet_forwards += 1
        self._counters.unet_rows += len(rows)
        return ops.guided(prediction[: rows.count].float(), self._guidance, rows.pairs)

    def _residuals(self, sample: Tensor, timesteps: Tensor) -> Residuals | None:
        """Of IdentityNet and the other ControlNets together."""
        counters = self._counters
        parts = []
        if ran := self._run(self._identity_net, sample, timesteps):
            parts.append(ran[0])
            counters.identity_forwards += 1
            counters.identity_rows += ran[1]
        for control in self._controls:
            if ran := self._run(control, sample, timesteps):
                parts.append(ran[0])
                counters.control_forwards += 1
        return summed(parts)

    def _run(self, net: Acting, sample: Tensor, timesteps: Tensor) -> tuple[Residuals, int] | None:
        before = net.projections
        ran = net.run(self._backend, sample, timesteps)
        self._counters.projections += net.projections - before
        return ran

    def _control(self, models: Models, place: int, name: str) -> Acting:
        """Unlike IdentityNet, a further ControlNet sees the text and no identity."""
        return Acting(
            models.controls[name],
            self._rows,
            strength=lambda image: image.control(place),
            embedded=lambda own: own.controls[place],
            states=self._told.text,
            told=self._told,
        )


def _guidance(rows: Rows) -> Tensor | None:
    """(pairs, 1, 1, 1). None if nobody is guided."""
    weights = [image.pass_.cfg for image in rows.images[: rows.pairs]]
    return torch.tensor(weights, device=rows.device).view(-1, 1, 1, 1) if weights else None


def _negative(own: Conditions) -> Encoded:
    if own.negative is None:
        raise ValueError("an unconditional row without a negative")
    return own.negative


def _key_points(own: Conditions) -> Tensor:
    if own.key_points is None:
        raise ValueError("IdentityNet without key points")
    return own.key_points
