"""The confidence heads: frozen features to log kappa. Inside, arrays are PyTorch's own; `checkpoints` turns them for the studio."""

from __future__ import annotations

import math
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from backbone import BackboneOutput
from input_standardisation import InputStandardisation
from ranks import SumOverRanks
from run_file import RunFile

# ln 600: the middle of the kappa that published configurations start from.
INITIAL_LOG_KAPPA = math.log(600)
_FLOOR = math.log(1e-6)
_HIDDEN = 128


class _Floor(torch.autograd.Function):
    """Its gradient is taken to be 1: the true one vanishes below the floor, for good."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:  # noqa: D102
        return torch.logaddexp(x, torch.full_like(x, _FLOOR))

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:  # noqa: D102
        return gradient


def floor_log_kappa(x: Tensor) -> Tensor:
    """log(1e-6 + e^x), the published heads' last line, without overflow; its slope counts as 1."""
    return _Floor.apply(x)


class CompactHead(nn.Module):
    """The studio's default: mean and deviation of each channel over space, and log of the embedding's norm -> 128 -> 1."""

    first_layer, last_layer = "hidden", "out"

    def __init__(self, conv_shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.input_shape = (2 * conv_shape[2] + 1,)
        groups = (conv_shape[2], conv_shape[2], 1)
        # Rows of length one: what the preset's learning rate was found with.
        self.input = InputStandardisation(groups, self.input_shape, 1, centres=True)
        self.hidden = nn.Linear(self.input_shape[0], _HIDDEN)
        self.out = nn.Linear(_HIDDEN, 1)

    def head_input(self, output: BackboneOutput) -> Tensor:
        mean = output.conv_feature.mean((2, 3))
        deviation = output.conv_feature.var((2, 3), unbiased=False).sqrt()
        log_norm = 0.5 * torch.log(output.embedding.square().sum(1, keepdim=True) + 1e-12)
        return torch.cat([mean, deviation, log_norm], 1)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        return floor_log_kappa(self.out(F.relu(self.hidden(self.input(rows)))).flatten())


class ReferenceHead(nn.Module):
    """The published `uncer_net.py`: three Linear layers on the flattened conv feature, 393 million parameters at 25,088 inputs."""

    first_layer, last_layer = "_log_kappa.0", "_log_kappa.4"

    def __init__(self, conv_shape: tuple[int, int, int]) -> None:
        super().__init__()
        height, width, channels = conv_shape
        size = height * width * channels
        self.input_shape = (size,)
        # Each input of variance one, as after a BatchNorm: what published learning rates go with.
        self.input = InputStandardisation((size,), self.input_shape, size, centres=True)
        self._log_kappa = nn.Sequential(nn.Linear(size, size // 2), nn.ReLU(), nn.Linear(size // 2, size // 4), nn.ReLU(), nn.Linear(size // 4, 1))

    def head_input(self, output: BackboneOutput) -> Tensor:
        return output.conv_feature.flatten(1)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        return floor_log_kappa(self._log_kappa(self.input(rows)).flatten())


class BatchNormOverRanks(nn.BatchNorm2d):
    """BatchNorm2d over the pictures of all processes that the mask keeps: the figures of the batch as one process would have it."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        if not self.training or mask is None:
            return super().forward(x)
        kept = mask[:, None, None, None]
        ones = mask.sum() * x.shape[2] * x.shape[3]
        count = SumOverRanks.apply(ones)
        mean = SumOverRanks.apply((x * kept).sum((0, 2, 3))) / count
        centred = x - mean[:, None, None]
        variance = SumOverRanks.apply((centred.square() * kept).sum((0, 2, 3))) / count
        with torch.no_grad():
            unbiased = variance * (count / (count - 1).clamp(min=1))
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(unbiased, self.momentum)
            self.num_batches_tracked.add_(1)
        scale = self.weight / torch.sqrt(variance + self.eps)
        return centred * scale[:, None, None] + self.bias[:, None, None]


class TfaceConvHead(nn.Module):
    """TFace's `uncer_net_conv.py`: three unpadded 3 x 3 convolutions, 7 -> 5 -> 3 -> 1, average pool, three Linear layers."""

    first_layer, last_layer = "conv_.0", "_log_kappa.4"

    def __init__(self, conv_shape: tuple[int, int, int]) -> None:
        super().__init__()
        height, width, channels = conv_shape
        self.input_shape = (channels, height, width)
        # By channel and without the mean: the first convolution slides, and has no bias.
        size = channels * height * width
        self.input = InputStandardisation((channels,), self.input_shape, size, centres=False)

        def conv() -> nn.Conv2d:
            return nn.Conv2d(channels, channels, 3, bias=False)

        norms = [BatchNormOverRanks(channels) for _ in range(2)]
        self.conv_ = nn.Sequential(conv(), nn.ReLU(), conv(), norms[0], nn.ReLU(), conv(), norms[1], nn.AdaptiveAvgPool2d(1))
        self._log_kappa = nn.Sequential(nn.Linear(channels, channels // 2), nn.ReLU(), nn.Linear(channels // 2, channels // 4), nn.ReLU(), nn.Linear(channels // 4, 1))

    def head_input(self, output: BackboneOutput) -> Tensor:
        return output.conv_feature

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        x = self.input(rows)
        for layer in self.conv_:
            x = layer(x, mask) if isinstance(layer, BatchNormOverRanks) else layer(x)
        return floor_log_kappa(self._log_kappa(x.flatten(1)).flatten())


# Each has `input_shape` of one row, `head_input` (what depends on the frozen backbone alone), and (rows, mask) -> log kappa [n];
# `mask` [n] is 0 for padding, which must not move batch statistics. `input` standardises rows; its
# arrays are left out of `state_dict()`, which has the published names.
ConfidenceHead = CompactHead | ReferenceHead | TfaceConvHead


def last_bias(head: ConfidenceHead) -> nn.Parameter:
    """The last layer's bias: where log kappa starts."""
    return head.get_submodule(head.last_layer).bias


def create_head(run: RunFile) -> ConfidenceHead:
    """
    The run's head, freshly drawn from its seed: PyTorch's own uniform draws, which the studio's follow. At kappa of 1 the exact
    objective has almost no gradient, so its last bias starts at ln 600; the published objective keeps the published start.
    `head_start` moves it once training pictures are known.
    """
    config = run.config
    torch.manual_seed(config.seed)
    kinds = {"compact": CompactHead, "tface-conv": TfaceConvHead, "reference": ReferenceHead}
    head = kinds[config.head](run.conv_shape)
    if config.objective == "exact" or config.head == "compact":
        nn.init.constant_(last_bias(head), INITIAL_LOG_KAPPA)
    return head
