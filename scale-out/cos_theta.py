"""cos theta of pictures to their people's others, as the studio's `cos-theta.ts` derives it."""

from __future__ import annotations

import numpy as np

# Pairs that a likeness of 1/2 counts for in a set, and the set's likeness in one person.
_PRIOR_PAIRS, _PRIOR_OF_PERSON = 4, 3
# Pictures that are less alike than that say nothing of their person.
_LEAST_LIKENESS = 0.05
# A sum no longer than that, squared, is made of rounding, and has no direction.
_SHORTEST_SQUARED = 1e-6
# That a kept picture's cosine may differ by from the one that decided whether it is in a mean; and
# that of a picture which is embedded again, perhaps mirrored.
KEPT_ROUNDING, STREAM_ROUNDING = 1e-6, 1e-3


def likeness_of(means: np.ndarray) -> float:
    """The mean cosine of two pictures of one person over a set: `means` as in ClassCentres."""
    count, length = means[:, :2].astype(np.float64).T
    cosines = float(((length**2 - count) / 2).sum())
    pairs = float((count * (count - 1) / 2).sum())
    return max(_LEAST_LIKENESS, (cosines + _PRIOR_PAIRS / 2) / (pairs + _PRIOR_PAIRS))


def cos_theta_to_others(
    units: np.ndarray,
    own: np.ndarray,
    directions: np.ndarray,
    means: np.ndarray,
    likeness: float,
    rounding: float,
) -> np.ndarray:
    """
    cos theta [n] to the mean of each person's other pictures, corrected for how few they are; 0
    where those have no direction. Float64.

    units: [n, d] unit embeddings; own: the pictures as they are, which may be in the means: `units`
    itself, or what these are copies of; directions, means: the rows of each one's centre
    """
    along = dots(units, directions)
    own_along = along if own is units else dots(own, directions)
    count, length, share, lowest = means.astype(np.float64).T
    part = np.where(own_along >= lowest - rounding, share, 0.0)
    squared = length**2 - part * (2 * length * own_along - 1)
    count = count - part
    pairs = count * (count - 1) / 2
    alike = ((squared - count) / 2 + _PRIOR_OF_PERSON * likeness) / (pairs + _PRIOR_OF_PERSON)
    alike = np.maximum(_LEAST_LIKENESS, alike)
    certainty = np.sqrt(count * alike / (1 + (count - 1) * alike))
    to_others = length * along - part * dots(units, own)
    has_direction = squared > _SHORTEST_SQUARED
    cosines = to_others / np.sqrt(np.where(has_direction, squared, 1.0)) / certainty
    return np.where(has_direction, np.clip(cosines, -1, 1), 0.0)


def dots(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Row by row, in float64."""
    return np.einsum("nd,nd->n", a, b, dtype=np.float64)
