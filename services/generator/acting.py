"""A ControlNet in a batch: run only for the rows in which it acts at a step, with all their inputs at hand."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from services.generator.backends import Backend
from services.generator.constants import Conditions
from services.generator.image import Image
from services.generator.networks import ControlNet, Inputs, Residuals, View
from services.generator.rows import Rows, Scales, padded


class Told(NamedTuple):
    """What the networks of a batch are told beside latents and time, for all rows."""

    text: Tensor
    identity: Tensor
    pooled: Tensor
    time_ids: Tensor


class _Stacked(NamedTuple):
    """Of the rows in which it acts. None for `rows`: all of them."""

    rows: list[int] | None
    view: View
    pooled: Tensor
    time_ids: Tensor
    embedded: Tensor


class Acting:
    """One ControlNet. What it needs of its rows is stacked once for as long as they stay the same."""

    def __init__(
        self,
        net: ControlNet,
        rows: Rows,
        *,
        strength: Callable[[Image], float],
        embedded: Callable[[Conditions], Tensor],
        states: Tensor,
        told: Told,
    ) -> None:
        """`states` is what it looks at: the identity or the text, for all rows."""
        self._net = net
        self._rows = rows
        self._strength = strength
        self._embedded = embedded
        self._states = states
        self._told = told
        self._scales = Scales(rows)
        self._acting: list[int] = []
        self._stack: _Stacked | None = None
        self.projections = 0

    def run(self, backend: Backend, sample: Tensor, timesteps: Tensor) -> tuple[Residuals, int] | None:
        """Residuals for all rows, zero where it does not act, and how many rows it ran for. None: it acts nowhere."""
        strengths = [self._strength(image) for image in self._rows.images]
        scale = self._scales(strengths)
        if scale is None:
            return None
        acting = self._rows.where(strengths)
        stack = self._stack_of(acting)
        if stack.rows is not None:
            sample, timesteps, scale = sample[stack.rows], timesteps[stack.rows], scale[stack.rows]
        given = Inputs(sample, timesteps, stack.view, stack.pooled, stack.time_ids)
        residuals = backend.control(self._net, given, stack.embedded, scale)
        whole = residuals if stack.rows is None else _spread(residuals, acting, len(self._rows))
        return whole, len(sample)

    def _stack_of(self, acting: list[int]) -> _Stacked:
        if self._stack is None or acting != self._acting:
            self._acting = acting
            self._stack = self._stacked(acting)
            self.projections += 1
        return self._stack

    def _stacked(self, acting: list[int]) -> _Stacked:
        everybody = len(acting) == self._rows.count
        rows = list(range(len(self._rows))) if everybody else padded(acting, self._rows.bucket)
        owners = [self._rows.images[self._rows.owners[row]].conditions for row in rows]
        told = self._told
        return _Stacked(
            rows=None if everybody else rows,
            view=self._net.look(self._states[rows]),
            pooled=told.pooled[rows],
            time_ids=told.time_ids[rows],
            embedded=torch.cat([self._embedded(conditions) for conditions in owners]),
        )


def _spread(residuals: Residuals, acting: list[int], rows: int) -> Residuals:
    """Residuals of some rows among all, nothing for the others."""

    def spread(part: Tensor) -> Tensor:
        full = part.new_zeros(rows, *part.shape[1:])
        full[acting] = part[: len(acting)]
        return full

    return Residuals(tuple(spread(part) for part in residuals.down), spread(residuals.mid))
