"""Features of pictures: the first pass, which makes class centres of them and keeps some, and the batches of an epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import Iterator, NamedTuple

import numpy as np
import torch
from torch import Tensor

from backbone import Backbone
from centres import CentreBuilder, ClassCentres
from cos_theta import STREAM_ROUNDING
from data import CHUNK, Chunk, Reading, Shards, chunks_of, pixels_of
from heads import ConfidenceHead
from ranks import Ranks
from run_file import RunConfig, RunError, SeededRandom, is_validation_identity, shuffled

# Seconds between two lines of progress.
_TELL_EVERY = 10


@dataclass
class Features:
    """Frozen features of this process's pictures, by their place in the source's order."""

    inputs: list[Tensor] = field(default_factory=list)
    units: list[np.ndarray] = field(default_factory=list)
    labels: list[np.ndarray] = field(default_factory=list)
    ordinals: list[np.ndarray] = field(default_factory=list)
    count: int = 0

    def add(self, inputs: Tensor, units: np.ndarray, labels: np.ndarray, ordinals: np.ndarray) -> None:
        """Takes a few rows, in any order."""
        if len(labels) == 0:
            return
        self.inputs.append(inputs.cpu())
        self.units.append(units)
        self.labels.append(labels)
        self.ordinals.append(ordinals)
        self.count += len(labels)

    def sort(self, most: int | None = None) -> None:
        """Puts rows in the source's order, in one piece, and keeps the first `most` of them."""
        if self.count == 0:
            return
        labels, ordinals = np.concatenate(self.labels), np.concatenate(self.ordinals)
        order = np.argsort(ordinals)[:most]
        self.inputs = [torch.cat(self.inputs)[torch.from_numpy(order)]]
        self.units, self.labels, self.ordinals = [np.concatenate(self.units)[order]], [labels[order]], [ordinals[order]]
        self.count = len(order)


@dataclass(frozen=True)
class FeatureRows:
    """Sorted features with their cosines: this process's part, and how it lies among that of all."""

    # [n, *input_shape], float16 where features are kept; [n], [n]
    inputs: Tensor
    cos_theta: np.ndarray
    labels: np.ndarray
    # [n] place of each row among the rows of all processes, and how many those are.
    places: np.ndarray
    total: int
    # [total] which process has a row.
    owners: np.ndarray


@dataclass(frozen=True)
class FirstPass:
    """What the pass leaves behind. `training` is empty where the run streams."""

    centres: ClassCentres
    training: FeatureRows
    validation: FeatureRows


def embed(chunk: Chunk, backbone: Backbone, head: ConfidenceHead, device: torch.device) -> tuple[Tensor, np.ndarray]:
    """A chunk's head inputs [n, *input_shape] on the device, and its unit embeddings [n, d]."""
    with torch.no_grad():
        output = backbone(pixels_of(chunk, device))
        inputs = head.head_input(output)
        norms = output.embedding.double().norm(dim=1, keepdim=True)
        units = output.embedding.double() / torch.where(norms == 0, torch.ones_like(norms), norms)
    return inputs, units.float().cpu().numpy()


def _halves(inputs: Tensor, units: np.ndarray) -> tuple[Tensor, np.ndarray]:
    """Features as the studio keeps them, in float16. Raises RunError for what that doesn't hold."""
    inputs, units = inputs.half(), units.astype(np.float16)
    if not (bool(torch.isfinite(inputs).all()) and bool(np.isfinite(units).all())):
        raise RunError(
            "The backbone gave a feature that is no number, or larger than "
            f"{np.finfo(np.float16).max}, the largest that is kept. "
            'Set features to "stream" and export again.'
        )
    return inputs, units


def first_pass(config: RunConfig, shards: Shards, backbone: Backbone, head: ConfidenceHead, loaded: ClassCentres | None, ranks: Ranks, workers: int) -> FirstPass:
    """
    Passes over the data, each process over its share. Where centres were loaded and features aren't kept, only the pictures
    of held-out people are decoded.

    Raises RunError where there are no pictures to train or to validate on.
    """
    keeps = config.features == "reuse"
    most = config.maxValidationImages
    reading = Reading(
        epoch=0,
        copies=config.copies if keeps else 1,
        flip=keeps and config.flip,
        people="all" if keeps or loaded is None else "held-out",
        most_held_out=most,
    )
    builder = None if loaded else CentreBuilder(config.zDim, shards.identities)
    training, validation, seen, skipped = Features(), Features(), 0, 0
    told = started = monotonic()
    for chunk in chunks_of(shards, config, reading, ranks.rank, ranks.world, workers):
        skipped += len(chunk.skipped)
        for reason in chunk.skipped[:3]:
            print(f"skipped: {reason}", flush=True)
        if len(chunk.labels) == 0:
            continue
        inputs, units = embed(chunk, backbone, head, ranks.device)
        if keeps:
            inputs, units = _halves(inputs, units)
        for label, ordinal, unit, copy in zip(chunk.labels, chunk.ordinals, units, chunk.copies):
            if builder and copy == 0:
                builder.add(int(label), int(ordinal), unit)
        held = np.array([is_validation_identity(int(label), config.seed, config.validationFraction) for label in chunk.labels])
        for store, rows in ((validation, np.flatnonzero(held)), (training, np.flatnonzero(~held) if keeps else np.zeros(0, np.int64))):
            store.add(inputs[torch.from_numpy(rows).to(inputs.device)], units[rows], chunk.labels[rows], chunk.ordinals[rows])
        # The first of all are among the first of each process. Of kept ones, people with one
        # picture are left out first, and nobody knows yet who they are.
        if not keeps and validation.count >= 2 * most + CHUNK:
            validation.sort(most)
        seen += len(chunk.labels)
        if monotonic() - told > _TELL_EVERY:
            told = monotonic()
            ranks.say(f"first pass: process 0 embedded {seen} pictures, {seen / (told - started):.0f} a second")
    centres = loaded or (builder.finish(ranks) if builder else None)
    assert centres is not None
    _tell_of_singles(centres, ranks)
    validation.sort(None if keeps else most)
    training.sort()
    to_train = _rows_of(training, centres, head, ranks, reading.copies)
    held_out = _rows_of(validation, centres, head, ranks, reading.copies, most, not keeps)
    result = FirstPass(centres, to_train, held_out)
    sums = ranks.total(torch.tensor([seen, skipped]))
    counts = f"{len(centres.labels)} class centres, {result.validation.total} validation pictures"
    ranks.say(f"first pass: {int(sums[0])} pictures embedded by {ranks.world} processes, {int(sums[1])} skipped; {counts}")
    if result.validation.total == 0 or (keeps and result.training.total == 0):
        raise RunError(f"The shards gave {result.training.total} training and {result.validation.total} validation pictures; at least 1 of each is needed.")
    return result


def _tell_of_singles(centres: ClassCentres, ranks: Ranks) -> None:
    """Tells how many people are left out. Raises RunError where nobody else is there."""
    count = len(centres.singles)
    if count == 0:
        return
    why = "a person's centre can't be made of one picture"
    if len(centres.labels) == 0:
        raise RunError(
            f"Each of the {count} people has one picture, and {why}. Name shards with several "
            "pictures of each person, or take centres from a file."
        )
    many = f"{count} people have one picture each; they are"
    are = "1 person has one picture, and is" if count == 1 else many
    ranks.say(f"{are} left out, as {why}.")


def _rows_of(
    features: Features,
    centres: ClassCentres,
    head: ConfidenceHead,
    ranks: Ranks,
    copies: int,
    most: int | None = None,
    cut_first: bool = False,
) -> FeatureRows:
    """
    Sorted features of people who have a centre, with their cosines.

    copies: of each picture; the first is the picture as it is
    most: rows of all processes together, at most: the first ones; `cut_first` before people with
    one picture are left out, as the studio does where it streams
    """
    if features.count == 0:
        inputs, units = torch.zeros((0, *head.input_shape)), np.zeros((0, 0), np.float32)
        labels = ordinals = np.zeros(0, np.int64)
    else:
        inputs, units = features.inputs[0], features.units[0]
        labels, ordinals = features.labels[0], features.ordinals[0]
    has_centre = ~np.isin(labels, np.fromiter(centres.singles, np.int64))
    columns = np.stack([ordinals, np.full_like(ordinals, ranks.rank), has_centre], 1)
    gathered = ranks.gather(torch.from_numpy(columns)).numpy()
    everyones = gathered[np.argsort(gathered[:, 0])][: most if cut_first else None]
    everyones = everyones[everyones[:, 2] == 1][:most]
    kept = np.flatnonzero(np.isin(ordinals, everyones[:, 0]))
    cosines = np.zeros(0, np.float32)
    if len(kept) > 0:
        originals = np.searchsorted(ordinals, ordinals[kept] // copies * copies)
        own = units[originals] if copies > 1 else None
        cosines = centres.cos_theta(labels[kept], units[kept], own)
    if len(kept) < len(ordinals):
        inputs = inputs[torch.from_numpy(kept)]
    places = np.searchsorted(everyones[:, 0], ordinals[kept])
    return FeatureRows(inputs, cosines, labels[kept], places, len(everyones), everyones[:, 1])


class Batch(NamedTuple):
    """A process's part of a batch, on its device; it may have no rows."""

    # [n, *input_shape], [n]
    rows: Tensor
    cos_theta: Tensor
    # Pictures in the parts of all processes, and in the largest part.
    count: int
    largest: int


def kept_batches(rows: FeatureRows, config: RunConfig, epoch: int, ranks: Ranks) -> Iterator[Batch]:
    """
    Batches out of features kept in memory: the studio's own permutation of all pictures, drawn from (seed, epoch). Each process
    takes the pictures of a batch that it holds, on average `batchSize` by processes.
    """
    own = np.full(rows.total, -1, dtype=np.int64)
    own[rows.places] = np.arange(len(rows.places))
    order = np.array(shuffled(range(rows.total), SeededRandom(config.seed, epoch)), dtype=np.int64)
    for start in range(0, rows.total, config.batchSize):
        batch = order[start : start + config.batchSize]
        if config.dropLast and len(batch) < config.batchSize:
            return
        mine = own[batch]
        mine = torch.from_numpy(mine[mine >= 0])
        largest = int(np.bincount(rows.owners[batch]).max())
        inputs = rows.inputs[mine].to(ranks.device).float()
        cos_theta = torch.from_numpy(rows.cos_theta)[mine].to(ranks.device)
        yield Batch(inputs, cos_theta, len(batch), largest)


def streamed_batches(
    shards: Shards, centres: ClassCentres, backbone: Backbone, head: ConfidenceHead, config: RunConfig, epoch: int, ranks: Ranks, workers: int
) -> Iterator[Batch]:
    """Batches read, decoded and embedded anew, each process's part from its own share of the shards. Smaller once a share is used up."""
    size = config.batchSize // ranks.world
    reading = Reading(
        epoch=epoch + 1,
        copies=1,
        flip=config.flip,
        people="training",
        left_out=centres.singles,
    )
    chunks = chunks_of(shards, config, reading, ranks.rank, ranks.world, workers)
    inputs, cosines = torch.zeros((0, *head.input_shape), device=ranks.device), np.zeros(0, np.float32)
    while True:
        while len(cosines) < size and (chunk := next(chunks, None)) is not None:
            if len(chunk.labels) == 0:
                continue
            more, units = embed(chunk, backbone, head, ranks.device)
            # A picture, mirrored or not, is taken for the one that its person's mean is made of.
            found = centres.cos_theta(chunk.labels, units, rounding=STREAM_ROUNDING)
            inputs, cosines = torch.cat([inputs, more]), np.concatenate([cosines, found])
        own = min(size, len(cosines))
        counts = ranks.gather(torch.tensor([own]))
        count = int(counts.sum())
        if count == 0 or (config.dropLast and count < config.batchSize):
            return
        yield Batch(inputs[:own], torch.from_numpy(cosines[:own]).to(ranks.device), count, int(counts.max()))
        inputs, cosines = inputs[own:], cosines[own:]
