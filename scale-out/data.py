"""Labelled face crops out of WebDataset tars: each process and each worker its own share, nothing twice."""

from __future__ import annotations

import io
import json
import random
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator, NamedTuple, Sequence

import braceexpand
import numpy as np
import torch
from PIL import Image, ImageOps
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
from webdataset.tariterators import group_by_keys, tar_file_expander

from run_file import CROP_SIZE, RunConfig, RunError, RunFile, SeededRandom, is_flipped, is_validation_identity, shuffled

# Pictures that travel together from a worker; the backbone takes as many at once.
CHUNK = 32
_PICTURES = ("jpg", "jpeg", "png", "webp")
_LABEL = re.compile(rb"\s*([0-9]{1,8})\s*\Z")
_TARS = re.compile(r"\.(tar|tar\.gz|tgz)\Z", re.IGNORECASE)
_MOST_PIXELS = 64_000_000


@dataclass(frozen=True)
class Shards:
    """Tar shards on this machine's disks, in the order that numbers their pictures."""

    paths: tuple[Path, ...]
    # Identities, where a manifest tells.
    identities: int | None


def find_shards(run: RunFile, given: Sequence[str]) -> Shards:
    """
    The shards that were named on the command line, or else in the run file: folders, manifests, patterns or names.

    Raises RunError for addresses, which are not fetched, and for files that aren't there.
    """
    names = list(given) or ([run.shards] if isinstance(run.shards, str) else list(run.shards))
    base = Path() if given else run.path.parent
    paths: list[Path] = []
    identities: list[int | None] = []
    for name in names:
        if "://" in name or name.startswith(("files:", "pipe:")):
            raise RunError(f"The shards are {name[:200]}, which is not on this machine's disks. Name a folder, a manifest or a pattern of them with --shards.")
        where = base / name
        if where.is_dir() and (where / "manifest.json").is_file():
            where = where / "manifest.json"
        if where.is_dir():
            found, count = sorted(file for file in where.iterdir() if _TARS.search(file.name)), None
        elif where.suffix == ".json":
            found, count = _read_manifest(where)
        else:
            found, count = [Path(path) for path in braceexpand.braceexpand(str(where))], None
        paths += found
        identities.append(count)
    missing = [path for path in paths if not path.is_file()]
    if missing or not paths:
        what = f"{len(missing)} of {len(paths)} shards are not there (the first is {missing[0]})" if missing else f"There are no tars at {', '.join(names)[:200]}"
        raise RunError(f"{what}. Name them with --shards.")
    known = identities[0] if len(identities) == 1 else None
    return Shards(tuple(path.resolve() for path in paths), known)


def _read_manifest(path: Path) -> tuple[list[Path], int | None]:
    try:
        manifest = json.loads(path.read_text("utf-8"))
        entries = [entry if isinstance(entry, dict) else {"name": entry} for entry in manifest["shards"]]
        names = [entry.get("name") or entry.get("file") or entry.get("url") for entry in entries]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f'{path} can\'t be read as a manifest ({error}). It takes {{"shards": ["name.tar", ...]}}.') from error
    if not all(isinstance(name, str) and name and "://" not in name for name in names):
        raise RunError(f"The manifest {path} lists a shard that is no file beside it. Name the shards with --shards.")
    count = manifest.get("identities")
    return [path.parent / name for name in names], count if isinstance(count, int) and count > 0 else None


class Task(NamedTuple):
    """A shard to read; or every `stride`-th record of it, where it is shared by all processes."""

    shard: int
    path: Path
    stride: int
    offset: int


def tasks_of(shards: Shards, order: Sequence[int], rank: int, world: int) -> list[Task]:
    """
    A process's share of an epoch: whole shards dealt out in turn. Those left over when each has as many are read by all,
    each taking every `world`-th record: shares are even, and there may be fewer shards than processes.
    """
    whole = len(order) - len(order) % world
    mine = [Task(shard, shards.paths[shard], 1, 0) for shard in order[rank:whole:world]]
    return mine + [Task(shard, shards.paths[shard], world, rank) for shard in order[whole:]]


class Chunk(NamedTuple):
    """Up to `CHUNK` decoded crops, and what was passed over on the way to them."""

    # [n, 112, 112, 3] RGB bytes, as decoded; [n] whether to mirror; [n] labels.
    crops: np.ndarray
    flips: np.ndarray
    labels: np.ndarray
    # [n] place in the source's own order, copies counted: the same whoever read it.
    ordinals: np.ndarray
    # [n] 0 is the picture as it is.
    copies: np.ndarray
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """What is read: `epoch` 0 is the first pass, in the source's order; later ones are shuffled."""

    epoch: int
    # Of each picture; with several, the first is never mirrored.
    copies: int
    flip: bool
    # "held-out", "training" or "all".
    people: str
    # Held-out pictures that a worker reads at most; those of it that come later are not among the first of all.
    most_held_out: int | None = None
    # People whose pictures are passed over, unread.
    left_out: frozenset[int] = frozenset()


class FaceChunks(IterableDataset):
    """The chunks of one process's tasks. In a worker, those of its share of them."""

    def __init__(self, tasks: Sequence[Task], config: RunConfig, reading: Reading, buffer: int, seed: int) -> None:
        super().__init__()
        self._tasks, self._config, self._reading, self._buffer, self._seed = tasks, config, reading, buffer, seed

    def __iter__(self) -> Iterator[Chunk]:
        worker = get_worker_info()
        number, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        skipped: list[str] = []
        records = self._records(self._tasks[number::workers], skipped)
        if self._reading.epoch > 0 and self._buffer > 1:
            records = _shuffle_buffer(records, max(1, self._buffer // workers), random.Random(f"{self._seed} {number}"))
        rows: list[tuple[np.ndarray, bool, int, int, int]] = []
        for key, label, picture, ordinal in records:
            crop = _decode(picture, key, skipped)
            if crop is None:
                continue
            for copy in range(self._reading.copies):
                flip = self._reading.flip and not (copy == 0 and self._reading.copies > 1) and is_flipped(self._config.seed, self._reading.epoch, key, copy)
                rows.append((crop, flip, label, ordinal * self._reading.copies + copy, copy))
            while len(rows) >= CHUNK:
                yield _chunk_of(rows[:CHUNK], skipped)
                rows = rows[CHUNK:]
        if rows or skipped:
            yield _chunk_of(rows, skipped)

    def _records(self, tasks: Sequence[Task], skipped: list[str]) -> Iterator[tuple[str, int, bytes, int]]:
        config, reading, held_out = self._config, self._reading, 0
        for task in tasks:
            for position, sample in enumerate(_samples(task.path, skipped)):
                if position % task.stride != task.offset:
                    continue
                key = sample["__key__"].rsplit("/", 1)[-1]
                picture = next((sample[name] for name in _PICTURES if name in sample), None)
                match = _LABEL.match(sample.get("cls", b""))
                if picture is None or match is None:
                    skipped.append(f"{task.path.name} {key}: it has no {'picture' if picture is None else 'label of up to eight digits'}")
                    continue
                label = int(match[1])
                held = is_validation_identity(label, config.seed, config.validationFraction)
                if reading.people == ("training" if held else "held-out"):
                    continue
                if label in reading.left_out:
                    continue
                held_out += held
                if held and reading.people == "held-out" and reading.most_held_out is not None and held_out > reading.most_held_out:
                    return
                yield key, label, picture, task.shard << 32 | position


def _samples(path: Path, skipped: list[str]) -> Iterator[dict]:
    """A shard's members grouped by key, by the webdataset package; opened here, so that no name is ever taken for an address."""

    def passed_over(error: Exception) -> bool:
        skipped.append(f"{path.name}: {str(error)[:200]}")
        return True

    with path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        members = tar_file_expander([{"url": str(path), "stream": stream}], handler=passed_over)
        yield from group_by_keys(members, handler=passed_over)


def _shuffle_buffer(records: Iterable, size: int, draws: random.Random) -> Iterator:
    """Keeps `size` records and gives a random one of them for each that comes."""
    kept: list = []
    for record in records:
        if len(kept) < size:
            kept.append(record)
            continue
        at = draws.randrange(size)
        kept[at], record = record, kept[at]
        yield record
    draws.shuffle(kept)
    yield from kept


def _decode(picture: bytes, key: str, skipped: list[str]) -> np.ndarray | None:
    """[112, 112, 3] RGB bytes; scaled where the picture has another size. None for what can't be decoded."""
    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG", "WEBP")) as image:
            width, height = image.size
            if width * height > _MOST_PIXELS:
                raise ValueError(f"it has {width} x {height} pixels")
            # Turned as its EXIF says, as the studio does; a crop's size is looked at afterwards.
            turned = ImageOps.exif_transpose(image).convert("RGB")
    except Exception as error:  # Pillow raises many kinds; none of them may end a run of millions of pictures.
        skipped.append(f"{key}: {error}")
        return None
    if turned.size != (CROP_SIZE, CROP_SIZE):
        shrinks = max(turned.size) > CROP_SIZE
        turned = turned.resize((CROP_SIZE, CROP_SIZE), Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR)
    return np.asarray(turned)


def _chunk_of(rows: list[tuple[np.ndarray, bool, int, int, int]], skipped: list[str]) -> Chunk:
    crops, flips, labels, ordinals, copies = zip(*rows) if rows else ((), (), (), (), ())
    told, skipped[:] = tuple(skipped), []
    return Chunk(
        np.stack(crops) if rows else np.zeros((0, CROP_SIZE, CROP_SIZE, 3), np.uint8),
        np.array(flips, dtype=bool),
        np.array(labels, dtype=np.int64),
        np.array(ordinals, dtype=np.int64),
        np.array(copies, dtype=np.int64),
        told,
    )


def chunks_of(shards: Shards, config: RunConfig, reading: Reading, rank: int, world: int, workers: int) -> Iterator[Chunk]:
    """One process's share of a reading, decoded by `workers` processes of its own; in this one where there are none."""
    numbers = range(len(shards.paths))
    order = shuffled(numbers, SeededRandom(config.seed, reading.epoch, 0x73687566)) if reading.epoch > 0 and config.shuffleBuffer > 0 else list(numbers)
    tasks = tasks_of(shards, order, rank, world)
    # All buffers of all processes together hold as many records as the studio's one.
    dataset = FaceChunks(tasks, config, reading, config.shuffleBuffer // world, hash((config.seed, reading.epoch, rank)))
    workers = min(workers, len(tasks))
    yield from DataLoader(dataset, batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None, collate_fn=_as_is)


def _as_is(chunk: Chunk) -> Chunk:
    return chunk


def pixels_of(chunk: Chunk, device: torch.device) -> torch.Tensor:
    """[n, 3, 112, 112] float32 RGB values 0..255, mirrored where asked."""
    pixels = torch.from_numpy(chunk.crops).to(device).permute(0, 3, 1, 2).float()
    flips = torch.from_numpy(chunk.flips).to(device)
    return torch.where(flips[:, None, None, None], pixels.flip(3), pixels)
