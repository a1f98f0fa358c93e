"""The studio's run file, checked, and the draws that follow from its seed alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Sequence, TypeVar

FORMAT = "scf-studio-run-file-1"
CROP_SIZE = 112
_MASK = 0xFFFFFFFF

T = TypeVar("T")


class RunError(Exception):
    """What ends a run, as a sentence for a person: what was found, what was expected, what to do."""


@dataclass(frozen=True)
class RunConfig:
    """The settings that this program reads. Names are the studio's; `raw` has them all, as the head's metadata keeps them."""

    raw: dict[str, Any]
    seed: int
    head: str
    objective: str
    radius: float
    zDim: int
    convfDim: int
    batchSize: int
    microBatch: int
    epochs: int
    learningRate: float
    schedule: str
    stepSize: int
    gamma: float
    weightDecay: float
    maxGradClip: float
    maxGradNorm: float
    numWorkers: int
    dropLast: bool
    flip: bool
    augmentation: float
    features: str
    copies: int
    centres: str
    convFeature: str
    shuffleBuffer: int
    validationFraction: float
    maxValidationImages: int
    validateEvery: int
    tensorboard: bool


@dataclass(frozen=True)
class RunFile:
    """A run and what it stands on. Files are named, not carried: they are looked for beside the run file."""

    path: Path
    config: RunConfig
    backbone_file: str
    backbone_name: str
    backbone_hash: str
    order: str
    mean: float
    scale: float
    conv_shape: tuple[int, int, int]
    embedding_dim: int
    conv_feature: str | None
    shards: str | tuple[str, ...]
    centre_files: tuple[str, ...]


_CHOICES = {
    "head": ("compact", "tface-conv", "reference"),
    "objective": ("exact", "reference"),
    "schedule": ("StepLR", "ReduceLROnPlateau"),
    "features": ("reuse", "stream"),
    "centres": ("first-pass", "growing", "file", "arcface", "cosface"),
    "convFeature": ("body", "after-bn"),
}
_TYPES = {"int": int, "float": (int, float), "bool": bool, "str": str}


def read_run_file(path: Path, world: int) -> RunFile:
    """
    Reads a run file for `world` processes.

    Raises RunError for anything but a run file of this format, for a batch that the processes can't share evenly, and for
    settings that only the studio has.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} can't be read as a run file ({error}). Export it again from the studio.") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise RunError(f'The format of {path} is "{found}"; {FORMAT} was expected. Export it again from the studio.')
    config = _config(_field(data, "config", dict))
    backbone = _field(data, "backbone", dict)
    given = _field(backbone, "input", dict)
    sides = _field(backbone, "convShape", list)
    if len(sides) != 3 or not all(isinstance(side, int) and side > 0 for side in sides):
        raise RunError(f"The conv feature's shape is {sides}; [height, width, channels] was expected.")
    shards = data.get("shards")
    if not isinstance(shards, str) and not (isinstance(shards, list) and shards and all(isinstance(name, str) for name in shards)):
        raise RunError('The run file\'s "shards" are neither a name nor a list of names.')
    tap = backbone.get("convFeature")
    run = RunFile(
        path=path,
        config=config,
        backbone_file=_field(backbone, "file", str),
        backbone_name=_field(backbone, "name", str),
        backbone_hash=_field(backbone, "hash", str),
        order=_field(given, "order", str),
        mean=float(_field(given, "mean", (int, float))),
        scale=float(_field(given, "scale", (int, float))),
        conv_shape=(sides[0], sides[1], sides[2]),
        embedding_dim=_field(backbone, "embeddingDim", int),
        conv_feature=tap if isinstance(tap, str) else None,
        shards=shards if isinstance(shards, str) else tuple(shards),
        centre_files=tuple(str(name) for name in _field(data, "centreFiles", list)),
    )
    _refuse(run, world)
    return run


def _field(data: dict[str, Any], name: str, kind: Any) -> Any:
    value = data.get(name)
    # True is an int to Python, and no number to a run file.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise RunError(f'The run file\'s "{name}" is {json.dumps(value)[:80]}, which it can\'t be. Export it again from the studio.')
    return value


def _config(raw: dict[str, Any]) -> RunConfig:
    fields = {name: kind for name, kind in RunConfig.__annotations__.items() if name != "raw"}
    config = RunConfig(raw=raw, **{name: _field(raw, name, _TYPES[kind]) for name, kind in fields.items()})
    for name, allowed in _CHOICES.items():
        if getattr(config, name) not in allowed:
            raise RunError(f'The setting "{name}" is "{getattr(config, name)}"; it takes {", ".join(allowed)}.')
    if min(config.batchSize, config.epochs, config.copies, config.stepSize) < 1 or not 0 < config.validationFraction < 1:
        raise RunError("The batch size, epochs, copies and step size take at least 1, and the share held out lies between 0 and 1.")
    return config


def _refuse(run: RunFile, world: int) -> None:
    config = run.config
    height, width, channels = run.conv_shape
    if config.raw.get("method", "scf") != "scf":
        raise RunError(f'The run trains {config.raw["method"]}, and this program trains SCF alone. Set method to scf and export again.')
    if config.augmentation > 0:
        raise RunError(f"The run degrades pictures (augmentation {config.augmentation}), which only the studio does. Set augmentation to 0 and export again.")
    if config.centres in ("arcface", "cosface"):
        raise RunError(f'Class centres are to be trained with "{config.centres}", which only the studio does. Set centres to first-pass, or to file with a trained FC layer.')
    if config.batchSize % world != 0:
        fitting = [size for size in range(1, config.batchSize + 1) if config.batchSize % size == 0 and size <= 64]
        raise RunError(f"A batch of {config.batchSize} can't be shared evenly by {world} processes. Start {', '.join(map(str, fitting))} processes, or change the batch size.")
    if config.head == "tface-conv" and 0 < config.microBatch < config.batchSize:
        raise RunError(
            f"The run asks for micro-batches of {config.microBatch} of its {config.batchSize} pictures; the tface-conv head has BatchNorm "
            "over the whole batch, which slices would change. Set microBatch to 0 and export again."
        )
    if run.order not in ("RGB", "BGR"):
        raise RunError(f'The channel order is "{run.order}"; RGB or BGR was expected.')
    if config.zDim != run.embedding_dim or config.convfDim != height * width * channels:
        raise RunError(f"The run asks for z_dim {config.zDim} and convf_dim {config.convfDim}; its backbone gives {run.embedding_dim} and {height * width * channels}.")


def _mix(value: int) -> int:
    h = value & _MASK
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & _MASK
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & _MASK
    return h ^ (h >> 16)


class SeededRandom:
    """The studio's generator (sfc32, seeded by murmur3's finaliser): the same seeds give the same numbers."""

    def __init__(self, *seeds: int) -> None:
        state = 0x9E3779B9
        for seed in seeds:
            state = _mix((state ^ (seed & _MASK)) + 0x9E3779B9)
        self._a, self._b, self._c, self._counter = _mix(state + 1), _mix(state + 2), _mix(state + 3), 1
        for _ in range(12):
            self._bits()

    def _bits(self) -> int:
        total = (self._a + self._b + self._counter) & _MASK
        self._counter = (self._counter + 1) & _MASK
        self._a = self._b ^ (self._b >> 9)
        self._b = (self._c * 9) & _MASK
        self._c = ((((self._c << 21) & _MASK) | (self._c >> 11)) + total) & _MASK
        return total

    def next(self) -> float:
        """Uniform in [0, 1), 32 bits of it."""
        return self._bits() / 4294967296

    def int(self, n: int) -> int:
        """Uniform whole number in [0, n)."""
        return int(self.next() * n)


def shuffled(values: Sequence[T], random: SeededRandom) -> list[T]:
    """A shuffled copy (Fisher-Yates), in the studio's order."""
    result = list(values)
    for i in range(len(result) - 1, 0, -1):
        j = random.int(i + 1)
        result[i], result[j] = result[j], result[i]
    return result


def hash_string(text: str) -> int:
    """The studio's 32-bit hash of a string: FNV-1a over UTF-16 units, finalised."""
    state = 0x811C9DC5
    units = text.encode("utf-16-le", "surrogatepass")
    for at in range(0, len(units), 2):
        state = ((state ^ (units[at] | units[at + 1] << 8)) * 0x01000193) & _MASK
    return _mix(state)


@lru_cache(maxsize=1 << 20)
def is_validation_identity(label: int, seed: int, fraction: float) -> bool:
    """Whether an identity is held out for validation: drawn from (seed, label) alone, as in the studio."""
    return SeededRandom(seed, 0x73706C69, label).next() < fraction


def is_flipped(seed: int, epoch: int, key: str, copy: int) -> bool:
    """Half of all copies: drawn from (seed, epoch, key, copy), as in the studio; epoch 0 is the first pass."""
    return SeededRandom(seed, epoch, hash_string(key), copy).next() < 0.5
