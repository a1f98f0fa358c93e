"""The r-radius von Mises-Fisher loss in both modes, with its own gradient, and what a validation is judged by."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

# The published code's guard against log 0.
EPSILON = 1e-6
# Terms of Debye's expansion after the first; at an order of at least 64 the next one is below 1e-13.
_TERMS = 8
_LEAST_ORDER = 64
# log kappa past this is taken as this, as in the studio.
_LOG_KAPPA_LIMIT = 30.0


def _debye_polynomials() -> list[list[float]]:
    """u_k(p) by DLMF 10.41.9, lowest power first."""
    polynomials: list[list[float]] = [[1.0]]
    for k in range(_TERMS):
        u = polynomials[k]
        following = [0.0] * (len(u) + 3)
        for power, coefficient in enumerate(u):
            following[power + 1] += 0.5 * power * coefficient + coefficient / (8 * (power + 1))
            following[power + 3] -= 0.5 * power * coefficient + 5 * coefficient / (8 * (power + 3))
        polynomials.append(following)
    return polynomials


_DEBYE = _debye_polynomials()
_RATIO = [[(0.5 + power) * value for power, value in enumerate(u)] for u in _DEBYE]


def _polynomial(coefficients: list[float], p: Tensor) -> Tensor:
    value = torch.zeros_like(p)
    for coefficient in reversed(coefficients):
        value = value * p + coefficient
    return value


def bessel(v: float, kappa: Tensor) -> tuple[Tensor, Tensor]:
    """log I_v(kappa) - v log kappa, finite at 0, and I_{v+1}/I_v; float64. Debye at an order >= 64, then the recurrence down."""
    order = v + max(0, math.ceil(_LEAST_ORDER - v))
    t = kappa / order
    s = torch.sqrt(1 + t * t)
    p = 1 / s
    total, correction = torch.zeros_like(p), torch.zeros_like(p)
    for k in range(_TERMS, 0, -1):
        total = total + _polynomial(_DEBYE[k], p) * order**-k
        correction = correction + _polynomial(_RATIO[k - 1], p) * order**-k
    log_scaled = order * (s - torch.log1p(s) - math.log(order)) - 0.5 * torch.log(2 * math.pi * order * s) + torch.log1p(total)
    ratio = t / (1 + s) - t * p * p * correction / (1 + total)
    for step in range(round(order - v)):
        denominator = 2 * (order - step) + kappa * ratio
        log_scaled = log_scaled + torch.log(denominator)
        ratio = kappa / denominator
    return log_scaled, ratio


@dataclass(frozen=True)
class LossParts:
    """The loss of each picture in parts: alignment, the two that the published code logs, and the constant add up to it."""

    alignment: Tensor
    log_kappa: Tensor
    log_bessel: Tensor
    constant: float

    @property
    def loss(self) -> Tensor:
        """The whole of it."""
        return self.alignment + self.log_kappa + self.log_bessel + self.constant


def loss_constant(dimension: int, radius: float) -> float:
    """(d/2) log 2 pi + d log r: what the loss holds that no kappa changes."""
    return dimension / 2 * math.log(2 * math.pi) + dimension * math.log(radius)


def loss_parts(mode: str, dimension: int, radius: float, kappa: Tensor, cos_theta: Tensor) -> LossParts:
    """-kappa cos theta - v log kappa + log I_v(kappa) + constant in float64; `reference` keeps 1e-6 inside both logarithms."""
    v = dimension / 2 - 1
    kappa, cos_theta = kappa.double(), cos_theta.double()
    log_scaled, _ = bessel(v, kappa)
    power = v * torch.log(kappa)
    alignment = -kappa * cos_theta
    constant = loss_constant(dimension, radius)
    if mode == "exact":
        return LossParts(alignment, -power, log_scaled + power, constant)
    log_bessel = torch.log(EPSILON + torch.exp(log_scaled + power - kappa)) + kappa
    return LossParts(alignment, -v * torch.log(EPSILON + kappa), log_bessel, constant)


def loss_gradient(mode: str, dimension: int, kappa: Tensor, cos_theta: Tensor) -> Tensor:
    """dL/d log kappa in float64; in `exact` mode kappa (A_d(kappa) - cos theta)."""
    v = dimension / 2 - 1
    kappa, cos_theta = kappa.double(), cos_theta.double()
    log_scaled, ratio = bessel(v, kappa)
    if mode == "exact":
        return kappa * (ratio - cos_theta)
    scaled = torch.exp(log_scaled + v * torch.log(kappa) - kappa)
    weight = scaled / (EPSILON + scaled)
    return kappa * (1 - cos_theta) - v * kappa / (EPSILON + kappa) + weight * (kappa * (ratio - 1) + v)


def optimal_kappa(mode: str, dimension: int, cos_theta: float) -> float:
    """The kappa of the least loss at a cos theta in (0, 1): Banerjee's estimate, then Newton's."""
    if mode == "reference":
        return (dimension / 2 - 1) / (1 - cos_theta)
    kappa = cos_theta * (dimension - cos_theta**2) / (1 - cos_theta**2)
    for _ in range(50):
        ratio = float(bessel(dimension / 2 - 1, torch.tensor(kappa, dtype=torch.float64))[1])
        # A' = 1 - A^2 - (d - 1)A/kappa, from the recurrences of I_v.
        slope = 1 - ratio**2 - (dimension - 1) * ratio / kappa
        following = max(kappa / 2, kappa - (ratio - cos_theta) / slope)
        if abs(following - kappa) <= 1e-13 * kappa:
            return following
        kappa = following
    return kappa


class VmfLoss(torch.autograd.Function):
    """(log kappa [n], cos theta [n], mode, d, r) to the loss of each picture, float64. The backbone is frozen: cos theta gets no gradient."""

    @staticmethod
    def forward(ctx, log_kappa: Tensor, cos_theta: Tensor, mode: str, dimension: int, radius: float) -> Tensor:  # noqa: D102
        kappa = torch.exp(log_kappa.double().clamp(-_LOG_KAPPA_LIMIT, _LOG_KAPPA_LIMIT))
        ctx.save_for_backward(loss_gradient(mode, dimension, kappa, cos_theta).to(log_kappa.dtype))
        return loss_parts(mode, dimension, radius, kappa, cos_theta).loss

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None, None, None]:  # noqa: D102
        (slope,) = ctx.saved_tensors
        return gradient.to(slope.dtype) * slope, None, None, None, None


@dataclass(frozen=True)
class Validation:
    """Figures over pictures of held-out identities, as the studio works them out."""

    loss: float
    spearman: float | None
    images: int
    identities: int


def validation_of(mode: str, dimension: int, radius: float, kappa: np.ndarray, cos_theta: np.ndarray, labels: np.ndarray) -> Validation:
    """The mean loss in float64, and how well kappa ranks pictures as cos theta does."""
    parts = loss_parts(mode, dimension, radius, torch.from_numpy(kappa), torch.from_numpy(cos_theta))
    return Validation(float(parts.loss.mean()), spearman(kappa, cos_theta), len(kappa), len(np.unique(labels)))


def spearman(a: np.ndarray, b: np.ndarray) -> float | None:
    """Spearman's rank correlation, ties sharing their mean rank; None where either side is constant."""
    ranks_a, ranks_b = _ranks(a), _ranks(b)
    away_a, away_b = ranks_a - (len(a) + 1) / 2, ranks_b - (len(b) + 1) / 2
    size = math.sqrt(float(away_a @ away_a) * float(away_b @ away_b))
    return float(away_a @ away_b) / size if size > 0 else None


def _ranks(values: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
