"""What a run leaves behind and goes on from: `ckpt_e{N}.pt` in the published layout, and the head as the studio opens it."""

from __future__ import annotations

import json
import math
import os
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Mapping

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from checksums import require_sound, with_checksums
from heads import ConfidenceHead
from input_files import folded_state, in_order, input_arrays, set_input, standardised_input
from input_standardisation import INPUT
from loss import Validation
from run_file import RunError, RunFile
from schedule import ScheduleState, initial_schedule

HEAD_FORMAT = "scf-studio-head-1"
# Under which the studio finds in a checkpoint what it knows of the run.
_RUN_KEY = "scf_studio"
# Under which it finds the standardisation of the head's input, and the first layer as it was before
# it took that up.
_INPUT_KEY = "scf_studio_input"
# Begins the names of what the studio keeps with a head besides its arrays: its pairs' scores.
_DISTRIBUTION = "distribution."
# The studio cuts the published head's matrices into blocks of columns of at most so many bytes.
_LARGEST_BLOCK = 64 * 2**20
_BLOCK = re.compile(r"(_log_kappa\.\d)\.block(\d+)\.(weight|bias)")


@dataclass(frozen=True)
class Place:
    """Where a run stands: epochs and optimiser steps done."""

    epoch: int
    step: int


def save_checkpoint(folder: Path, run: RunFile, head: ConfidenceHead, optimiser: torch.optim.Optimizer, place: Place, schedule: ScheduleState) -> None:
    """
    Writes `ckpt_e{N}.pt`: the published code's four entries, and what the studio says of a run, by
    which it goes on where this one was.

    Published heads take their input as it is: the first layer takes the standardisation up. Adam's
    moments stay those of the standardised input; the layer that they belong to lies beside it.
    """
    described = {
        "config": run.config.raw,
        "cursor": {"step": place.step, "epoch": place.epoch, "batch": 0, "recordsRead": 0},
        "schedule": {"learningRate": schedule.learning_rate, "best": schedule.best, "badEpochs": schedule.bad_epochs},
        "backboneHash": run.backbone_hash,
        "savedAt": int(time.time() * 1000),
    }
    checkpoint = {
        "epoch": place.epoch,
        "global_step": place.step,
        "uncer_net_state_dict": _on_cpu(folded_state(head)),
        "opt_state": _on_cpu(optimiser.state_dict()),
        _RUN_KEY: json.dumps(described, separators=(",", ":")),
    }
    if head.input.pictures > 0:
        checkpoint[_INPUT_KEY] = _on_cpu(standardised_input(head, run.conv_shape))
    _whole(folder / f"ckpt_e{place.epoch}.pt", lambda part: torch.save(checkpoint, part))


def _on_cpu(value: Any) -> Any:
    """The same with all arrays in main memory, so that a machine without a GPU loads it as it is."""
    if isinstance(value, Mapping):
        return type(value)((key, _on_cpu(each)) for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return type(value)(_on_cpu(each) for each in value)
    return value.detach().cpu() if isinstance(value, Tensor) else value


def remove_older(folder: Path, epoch: int, keep: int) -> None:
    """Leaves the `keep` newest checkpoints up to `epoch`; 0 leaves all. The published head's have 4.7 GB each."""
    for path in folder.glob("ckpt_e*.pt") if keep > 0 else ():
        match = re.fullmatch(r"ckpt_e(\d+)\.pt", path.name)
        if match and int(match[1]) <= epoch - keep:
            path.unlink()


def resume(path: Path, run: RunFile, head: ConfidenceHead, optimiser: torch.optim.Optimizer) -> tuple[Place, ScheduleState]:
    """
    Takes up a checkpoint of this program, of the studio or of the published code: weights, Adam's moments, epoch, step and the
    schedule's memory. Where it doesn't say, a plateau's best is forgotten and the learning rate isn't. Raises RunError for one
    that doesn't fit the run, or that lies within an epoch.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
        standardised = found.get(_INPUT_KEY, {})
        layer = {name: value for name, value in standardised.items() if not name.startswith(INPUT)}
        head.load_state_dict(_with_counters({**found["uncer_net_state_dict"], **layer}, head))
        set_input(head, standardised, run.conv_shape)
        settings = optimiser.state_dict()["param_groups"]
        optimiser.load_state_dict(found["opt_state"])
        # The run file's settings hold: of a checkpoint's optimiser only the moments are taken.
        for group, own in zip(optimiser.param_groups, settings):
            group.update({name: value for name, value in own.items() if name != "params"})
        place = Place(int(found["epoch"]), int(found["global_step"]))
        rate = float(found["opt_state"]["param_groups"][0]["lr"])
        described = json.loads(found[_RUN_KEY]) if _RUN_KEY in found else None
        memory = described and described["schedule"]
        schedule = memory and ScheduleState(float(memory["learningRate"]), memory["best"], int(memory["badEpochs"]))
    except Exception as error:  # torch raises many kinds; all of them mean that the file can't be gone on from.
        raise RunError(f"{path} can't be gone on from ({str(error)[:300]}). Name a checkpoint of a run with the same head.") from error
    if described and described.get("backboneHash") != run.backbone_hash:
        raise RunError(f"{path} is of a run on another backbone.")
    if described and described["cursor"]["batch"] > 0:
        raise RunError(f"{path} was saved within epoch {place.epoch + 1}; only the end of an epoch can be gone on from. Let the epoch end in the studio, and export it again.")
    if schedule is None:
        schedule = initial_schedule(run.config, place.epoch) if run.config.schedule == "StepLR" else ScheduleState(rate)
    return place, schedule


def _with_counters(state: Mapping[str, Tensor], head: ConfidenceHead) -> dict[str, Tensor]:
    """BatchNorm's counters, which nothing reads, may be missing."""
    counters = {name: value for name, value in head.state_dict().items() if name.endswith("num_batches_tracked")}
    return {**counters, **state}


def save_head(path: Path, run: RunFile, head: ConfidenceHead, place: Place, validation: Validation) -> None:
    """Writes the head under the studio's names, with what made it as metadata. The studio opens it under Models."""
    metadata = {
        "format": HEAD_FORMAT,
        "config": json.dumps(run.config.raw, separators=(",", ":")),
        "backbone": run.backbone_name,
        "backboneHash": run.backbone_hash,
        "step": str(place.step),
        "versions": json.dumps({"torch": str(torch.__version__)}, separators=(",", ":")),
        "validation": json.dumps(asdict(validation), separators=(",", ":")),
    }
    arrays = studio_arrays(head.state_dict(), run.conv_shape)
    arrays.update(input_arrays(head, run.conv_shape))
    content = save(arrays, with_checksums(arrays, metadata))
    _whole(path, lambda part: part.write_bytes(content))


def load_head(path: Path, run: RunFile, head: ConfidenceHead) -> int:
    """
    Puts a head that the studio or this program wrote into `head`. Returns the optimiser steps that
    made it; 0 is a fresh one.

    Raises RunError for one of another kind or backbone, and for a damaged one.
    """
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise RunError(f"The head {path} can't be read ({error}).") from error
    if metadata.get("format") != HEAD_FORMAT:
        raise RunError(f'The format of {path} is "{metadata.get("format", "not given")}"; {HEAD_FORMAT} was expected.')
    require_sound(arrays, metadata, f"The head {path}")
    if metadata.get("backboneHash") != run.backbone_hash:
        raise RunError(f"The head {path} was trained on another backbone.")
    besides = (INPUT, _DISTRIBUTION)
    weights = {name: array for name, array in arrays.items() if not name.startswith(besides)}
    try:
        head.load_state_dict(_with_counters(torch_arrays(weights, run.conv_shape), head))
        set_input(head, arrays, run.conv_shape)
        return int(metadata.get("step", ""))
    except (RuntimeError, ValueError) as error:
        raise RunError(f"The head {path} doesn't fit the run's head ({str(error)[:300]}).") from error


# Modules of TFace's head by what the studio calls them.
_TFACE = {"conv1": "conv_.0", "conv2": "conv_.2", "bn2": "conv_.3", "conv3": "conv_.5", "bn3": "conv_.6", "fc1": "_log_kappa.0", "fc2": "_log_kappa.2", "fc3": "_log_kappa.4"}
_LEAVES = {"runningMean": "running_mean", "runningVariance": "running_var"}


def studio_arrays(state: Mapping[str, Tensor], conv_shape: tuple[int, int, int]) -> dict[str, Tensor]:
    """
    A head's state as the studio holds it: Linear weights [in, out], convolutions [9 in, out] by dy, dx, channel, and the
    published head in blocks, its input in NHWC order.
    """
    is_tface = "conv_.0.weight" in state
    modules = {ours: studios for studios, ours in _TFACE.items()} if is_tface else {}
    leaves = {ours: studios for studios, ours in _LEAVES.items()}
    arrays: dict[str, Tensor] = {}
    for name, value in state.items():
        value = value.detach().float().cpu()
        module, leaf = name.rsplit(".", 1)
        if leaf == "num_batches_tracked":
            continue
        if module.startswith("_log_kappa.") and not is_tface:
            if name == "_log_kappa.0.weight":
                value = in_order(value, conv_shape, to_channels_last=True)
            widths = column_blocks(state[f"{module}.weight"].shape[1], value.shape[0])
            arrays.update({f"{module}.block{number}.{leaf}": block.T if block.ndim == 2 else block for number, block in enumerate(value.split(widths))})
        elif value.ndim == 4:
            arrays[modules[module]] = value.permute(2, 3, 1, 0).reshape(-1, value.shape[0])
        else:
            arrays[f"{modules.get(module, module)}.{leaves.get(leaf, leaf)}"] = value.T if value.ndim == 2 else value
    return {name: value.contiguous() for name, value in arrays.items()}


def torch_arrays(arrays: Mapping[str, Tensor], conv_shape: tuple[int, int, int]) -> dict[str, Tensor]:
    """The other way round: what `studio_arrays` or the studio made, as PyTorch's state."""
    modules = _TFACE if "conv1" in arrays else {}
    state: dict[str, Tensor] = {}
    blocks: dict[str, dict[int, Tensor]] = {}
    for name, value in arrays.items():
        match = _BLOCK.fullmatch(name)
        if match:
            blocks.setdefault(f"{match[1]}.{match[3]}", {})[int(match[2])] = value.T if value.ndim == 2 else value
        elif name in modules:
            state[f"{modules[name]}.weight"] = value.reshape(3, 3, -1, value.shape[1]).permute(3, 2, 0, 1)
        else:
            module, _, leaf = name.rpartition(".")
            state[f"{modules.get(module, module)}.{_LEAVES.get(leaf, leaf)}"] = value.T if value.ndim == 2 else value
    for name, parts in blocks.items():
        whole = torch.cat([parts[number] for number in sorted(parts)])
        is_first = name == "_log_kappa.0.weight"
        state[name] = in_order(whole, conv_shape, to_channels_last=False) if is_first else whole
    return {name: value.contiguous() for name, value in state.items()}


def column_blocks(fan_in: int, fan_out: int) -> list[int]:
    """Widths of the column blocks of a [fan_in, fan_out] float32 matrix, as the studio cuts them."""
    widest = max(1, _LARGEST_BLOCK // (4 * fan_in))
    count = math.ceil(fan_out / widest)
    ends = [(block * fan_out) // count for block in range(count + 1)]
    return [end - start for start, end in zip(ends, ends[1:])]


def _whole(path: Path, write: Any) -> None:
    part = path.with_name(f"{path.name}.part")
    write(part)
    os.replace(part, path)
