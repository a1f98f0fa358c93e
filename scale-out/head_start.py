"""Where a fresh head starts, by the training pictures: as the studio's `head-start.ts` has it."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from features import Batch, FeatureRows
from heads import ConfidenceHead, last_bias
from loss import optimal_kappa
from ranks import Ranks
from run_file import RunConfig

# Pictures that a head's input is standardised by, at most: more change a mean by hardly 1 %.
MAX_STATISTICS_PICTURES = 4096
# Means of cos theta outside of these are of no use as a start: kappa would be nearly nothing, or
# without bound.
_MIN_COSINE, _MAX_COSINE = 0.05, 0.999


def fit_to_kept(head: ConfidenceHead, rows: FeatureRows, config: RunConfig, ranks: Ranks) -> None:
    """
    Fits a fresh head to kept training pictures: its input is standardised by all of them, or by
    MAX_STATISTICS_PICTURES evenly spaced ones, and it starts at their mean cos theta. The pictures
    are those of all processes together.
    """
    count = min(rows.total, MAX_STATISTICS_PICTURES)
    chosen = np.arange(count, dtype=np.int64) * rows.total // count
    mine = torch.from_numpy(np.flatnonzero(np.isin(rows.places, chosen)))
    head.input.join(rows.inputs[mine], ranks)
    _start_at_mean(head, torch.from_numpy(rows.cos_theta)[mine], config, ranks)


def fit_to_stream(
    head: ConfidenceHead, batch: Batch, steps: int, config: RunConfig, ranks: Ranks
) -> bool:
    """
    Fits a head to the pictures of a stream as they come: its input is standardised by those of the
    batches so far, until there have been MAX_STATISTICS_PICTURES, and it starts at the first
    batch's mean cos theta. A head that went without at its first step stays without. Returns
    whether it wants the next batch, too.

    steps: taken before this batch
    """
    pictures = head.input.pictures
    if (steps > 0 and pictures == 0) or pictures >= MAX_STATISTICS_PICTURES:
        return False
    head.input.join(batch.rows, ranks)
    if steps == 0:
        _start_at_mean(head, batch.cos_theta, config, ranks)
    return True


def _start_at_mean(head: ConfidenceHead, cosines: Tensor, config: RunConfig, ranks: Ranks) -> None:
    own = cosines.double().cpu()
    sums = torch.tensor([float(own.sum()), len(own)], dtype=torch.float64)
    total, count = ranks.total(sums).tolist()
    with torch.no_grad():
        last_bias(head).fill_(starting_log(total / count, config))


def starting_log(cos_theta: float, config: RunConfig) -> float:
    """Where one number for all pictures is best, log A^-1 of their mean cos theta."""
    mean = min(_MAX_COSINE, max(_MIN_COSINE, cos_theta))
    return math.log(optimal_kappa(config.objective, config.zDim, mean))
