"""A head's input brought to one scale, as the studio's `input-standardisation.ts` does it."""

from __future__ import annotations

import math
from typing import NamedTuple, Sequence

import torch
from torch import Tensor, nn

from ranks import Ranks

# No variance is taken to be less than this share of the median variance of its group: an input that
# hardly varies among the training pictures may do so in others.
_LEAST_VARIANCE = 0.01
# Rows that are looked at in one piece.
_ROWS = 256
# Begins the names of the arrays that a head's file keeps of it.
INPUT = "input."


class InputStatistics(NamedTuple):
    """Mean and variance of each input, float64, over `count` pictures (or places of pictures)."""

    count: float
    mean: Tensor
    variance: Tensor


class InputStandardisation(nn.Module):
    """
    (x - mean) * scale of each input, with the scale 1/sigma times what gives a whole row an
    expected squared length of `squared_length`. Until it has statistics it leaves the input alone.
    """

    def __init__(
        self,
        groups: Sequence[int],
        input_shape: tuple[int, ...],
        squared_length: float,
        *,
        centres: bool,
    ) -> None:
        """
        groups: sizes of the groups that the inputs fall into, those of one having one unit of
        measure; together `input_shape[0]`, and the rest of it tells how often a row has them
        centres: whether the mean is taken off; a convolution without a bias couldn't take it up
        """
        super().__init__()
        self._groups, self._squared_length, self._centres = groups, squared_length, centres
        self._size, self._places = input_shape[0], math.prod(input_shape[1:])
        self._across = (-1, *[1] * (len(input_shape) - 1))
        # Not in the state that has the published names.
        self.register_buffer("mean", torch.zeros(self._size), persistent=False)
        self.register_buffer("variance", torch.zeros(self._size), persistent=False)
        self.register_buffer("scale", torch.ones(self._size), persistent=False)
        self.register_buffer("count", torch.zeros(1), persistent=False)

    def forward(self, rows: Tensor) -> Tensor:
        """[n, *input_shape] on one scale."""
        return (rows - self.shift.view(self._across)) * self.scale.view(self._across)

    @property
    def shift(self) -> Tensor:
        """What is taken off each input [inputs]."""
        return self.mean if self._centres else torch.zeros_like(self.mean)

    @property
    def pictures(self) -> float:
        """That its statistics are of; 0 where it leaves the input as it is."""
        return float(self.count) / self._places

    @torch.no_grad()
    def reset(self) -> None:
        """Leaves the input as it is from now on."""
        for array, value in ((self.mean, 0), (self.variance, 0), (self.scale, 1), (self.count, 0)):
            array.fill_(value)

    @torch.no_grad()
    def join(self, rows: Tensor, ranks: Ranks) -> None:
        """
        Goes by the statistics so far joined to those of further rows [n, *input_shape], each
        process giving its own; all take part, and the number of processes changes nothing.
        """
        further = self._statistics(rows, ranks)
        if further.count == 0:
            return
        count, mean, variance = further
        if float(self.count) > 0:
            # Chan, Golub and LeVeque: two sets' moments make those of both.
            before = float(self.count)
            share = count / (before + count)
            apart = mean - self.mean.double().cpu()
            variance = (1 - share) * self.variance.double().cpu() + share * variance
            variance = variance + share * (1 - share) * apart**2
            mean = self.mean.double().cpu() + share * apart
            count = before + count
        self.mean.copy_(mean)
        self.variance.copy_(variance)
        self.scale.copy_(self._scale_of(variance))
        self.count.fill_(count)

    def _statistics(self, rows: Tensor, ranks: Ranks) -> InputStatistics:
        def summed(of) -> Tensor:
            total = torch.zeros(self._size, dtype=torch.float64)
            for part in rows.split(_ROWS):
                total += of(part.double().transpose(0, 1).flatten(1)).sum(1).cpu()
            return ranks.total(total)

        count = float(ranks.total(torch.tensor([rows.shape[0] * self._places])))
        mean = summed(lambda inputs: inputs) / max(count, 1)
        apart = mean.to(rows.device)[:, None]
        variance = summed(lambda inputs: (inputs - apart).square()) / max(count, 1)
        return InputStatistics(count, mean, variance)

    def _scale_of(self, variance: Tensor) -> Tensor:
        """1/sigma of each input, times one constant."""
        length = math.sqrt(self._squared_length / (self._size * self._places))
        scales = []
        for group in variance.split(list(self._groups)):
            taken = group + _LEAST_VARIANCE * group.sort().values[len(group) // 2]
            # Inputs that never vary say nothing, and are not blown up.
            scales.append(torch.where(taken > 0, length / taken.sqrt(), torch.ones_like(taken)))
        return torch.cat(scales)
