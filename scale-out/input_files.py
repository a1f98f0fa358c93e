"""The standardisation of a head's input in files: by itself, or taken up by the first layer."""

from __future__ import annotations

import math
from typing import Mapping

import torch
from torch import Tensor

from heads import ConfidenceHead, ReferenceHead
from input_standardisation import INPUT


@torch.no_grad()
def folded_state(head: ConfidenceHead) -> dict[str, Tensor]:
    """
    The state of a head that takes its input as it is, as published ones do: in its first layer
    W' = W * scale and b' = b - W' * shift.
    """
    state = head.state_dict()
    if head.input.pictures == 0:
        return state
    weight, bias = f"{head.first_layer}.weight", f"{head.first_layer}.bias"
    layer = state[weight]
    state[weight] = layer * head.input.scale.view(1, -1, *[1] * (layer.ndim - 2))
    if bias in state:
        # Rows a few at a time: of the published head all of them have 2.5 GB in float64.
        moved = head.input.scale.double() * head.input.shift.double()
        moves = torch.cat([rows.double() @ moved for rows in layer.split(1024)])
        state[bias] = (state[bias].double() - moves).float()
    return state


def standardised_input(
    head: ConfidenceHead, conv_shape: tuple[int, int, int]
) -> dict[str, Tensor]:
    """The standardisation's arrays as the studio has them, and the first layer's, as published."""
    first = f"{head.first_layer}."
    layer = {name: value for name, value in head.state_dict().items() if name.startswith(first)}
    return {**input_arrays(head, conv_shape), **layer}


def input_arrays(head: ConfidenceHead, conv_shape: tuple[int, int, int]) -> dict[str, Tensor]:
    """The standardisation's arrays under the studio's names, in its order of inputs: NHWC."""
    arrays: dict[str, Tensor] = {}
    for name, value in head.input.named_buffers():
        value = value.detach().float().cpu()
        if isinstance(head, ReferenceHead):
            value = _inputs_in_order(value, conv_shape, to_channels_last=True)
        arrays[INPUT + name] = value.contiguous()
    return arrays


def set_input(
    head: ConfidenceHead, arrays: Mapping[str, Tensor], conv_shape: tuple[int, int, int]
) -> None:
    """
    Takes the standardisation's arrays out of those of a file. One from before there was any leaves
    the input as it is.

    Raises ValueError for arrays that are missing, of another shape, or no numbers.
    """
    if f"{INPUT}count" not in arrays:
        head.input.reset()
        return
    for name, own in head.input.named_buffers():
        value = arrays.get(INPUT + name)
        if value is None or value.shape != own.shape or not bool(torch.isfinite(value).all()):
            held = "missing" if value is None else f"{list(value.shape)}, or holds no numbers"
            raise ValueError(f"{INPUT}{name} is {held}; {list(own.shape)} was expected")
        if isinstance(head, ReferenceHead):
            value = _inputs_in_order(value, conv_shape, to_channels_last=False)
        own.copy_(value)


def _inputs_in_order(
    vector: Tensor, conv_shape: tuple[int, int, int], *, to_channels_last: bool
) -> Tensor:
    """The published head's inputs in the studio's order, or back; what isn't one of each stays."""
    if len(vector) != math.prod(conv_shape):
        return vector
    return in_order(vector[None], conv_shape, to_channels_last=to_channels_last)[0]


def in_order(weight: Tensor, conv_shape: tuple[int, int, int], *, to_channels_last: bool) -> Tensor:
    """Columns c * hw + y * w + x, as published, to (y * w + x) * channels + c; or back."""
    height, width, channels = conv_shape
    sides = (channels, height * width) if to_channels_last else (height * width, channels)
    return weight.reshape(weight.shape[0], *sides).transpose(1, 2).reshape(weight.shape[0], -1)
