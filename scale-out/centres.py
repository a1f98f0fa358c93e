"""Class centres: each person's mean direction with outliers dropped, over the pictures of all processes; or rows of FC files."""

from __future__ import annotations

import re
from bisect import insort
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from cos_theta import KEPT_ROUNDING, cos_theta_to_others, dots, likeness_of
from ranks import Ranks
from run_file import RunError

# The studio's rule, which decides how many pictures a centre is made of: at most so many, and so many bytes for all of them.
_MOST_PICTURES = 32
# A picture alone says nothing of where its person's others lie.
_FEWEST_PICTURES = 2
_MEMORY_BUDGET = 1 << 30
# Pictures farther below the median cosine than this many deviations are taken for another person, or for no face.
_OUTLIER_DEVIATIONS = 3
# Identities whose pictures are sent round at once.
_BLOCK = 2048


@dataclass(frozen=True)
class ClassCentres:
    """One unit direction per identity, float32, kept off the GPU."""

    # [classes], ascending; [classes, d].
    labels: np.ndarray
    matrix: np.ndarray
    # [classes, 4] float32 where rows are means of the pictures at hand: pictures in the mean,
    # length of their sum, share of the person's pictures that is in it (dropped ones left out of
    # account), and the least cosine to it of one in it, -1 where none was dropped. None where rows
    # were given.
    means: np.ndarray | None = None
    # People who came with one picture, and so have no centre: it would be that picture.
    singles: frozenset[int] = frozenset()

    @cached_property
    def _likeness(self) -> float:
        assert self.means is not None
        return likeness_of(self.means)

    def _places(self, labels: np.ndarray) -> np.ndarray:
        at = np.searchsorted(self.labels, labels)
        found = self.labels[np.minimum(at, len(self.labels) - 1)] == labels
        if not found.all():
            raise RunError(
                f"{np.count_nonzero(~found)} pictures are of identities without a class centre, {labels[~found][0]} among them; "
                f"there are {len(self.labels)} centres. Choose the centres of this data set."
            )
        return at

    def cos_theta(
        self,
        labels: np.ndarray,
        units: np.ndarray,
        own: np.ndarray | None = None,
        rounding: float = KEPT_ROUNDING,
    ) -> np.ndarray:
        """
        cos theta of unit embeddings to their identities: to the person's other pictures where
        centres are means, and to the rows as they are where they were given. float32.

        Raises RunError for an identity that has no centre.

        own: the pictures that may be in the means, where `units` are copies of them
        """
        at = self._places(labels)
        directions = self.matrix[at]
        if self.means is None:
            return dots(units, directions).astype(np.float32)
        own = units if own is None else own
        means = self.means[at]
        cosines = cos_theta_to_others(units, own, directions, means, self._likeness, rounding)
        return cosines.astype(np.float32)


class CentreBuilder:
    """Collects this process's unit embeddings, and makes the centres of all processes' together: the first pictures of each identity count."""

    def __init__(self, dimension: int, expected: int | None) -> None:
        self._dimension, self._expected = dimension, expected or 1
        self._pictures: dict[int, list[tuple[int, np.ndarray]]] = {}
        self._seen: Counter[int] = Counter()
        self._most = affordable_pictures(self._expected, dimension)

    def add(self, label: int, ordinal: int, unit: np.ndarray) -> None:
        """Takes one picture. Past the limit, those that come later in the source's order are left out."""
        pictures = self._pictures.get(label)
        if pictures is None:
            pictures = self._pictures[label] = []
            most = affordable_pictures(max(self._expected, len(self._pictures)), self._dimension)
            if most < self._most:
                self._most = most
                for kept in self._pictures.values():
                    del kept[most:]
        self._seen[label] += 1
        insort(pictures, (ordinal, unit), key=lambda picture: picture[0])
        del pictures[self._most :]

    def finish(self, ranks: Ranks) -> ClassCentres:
        """
        The centres of all identities that came with several pictures, whichever processes saw them.
        All processes take part, and each gets all of them.
        """
        own = torch.tensor(sorted(self._seen.items()), dtype=torch.int64).reshape(-1, 2)
        counts = ranks.gather(own).numpy()
        everyone, at = np.unique(counts[:, 0], return_inverse=True)
        seen = np.zeros(len(everyone), np.int64)
        np.add.at(seen, at, counts[:, 1])
        several = seen >= _FEWEST_PICTURES
        labels, seen = everyone[several], seen[several]
        matrix = np.zeros((len(labels), self._dimension), np.float32)
        means = np.zeros((len(labels), 4), np.float32)
        most = affordable_pictures(max(self._expected, len(everyone)), self._dimension)
        for start in range(0, len(labels), _BLOCK):
            block = labels[start : start + _BLOCK]
            rows = [(int(label), ordinal, unit) for label in block for ordinal, unit in self._pictures.get(int(label), [])]
            places = ranks.gather(torch.tensor([row[:2] for row in rows], dtype=torch.int64).reshape(-1, 2)).numpy()
            units = ranks.gather(torch.from_numpy(np.array([row[2] for row in rows], np.float32).reshape(-1, self._dimension))).numpy()
            order = np.lexsort((places[:, 1], places[:, 0]))
            ends = np.searchsorted(places[order, 0], block, side="right")
            begins = np.searchsorted(places[order, 0], block, side="left")
            for row, (begin, end) in enumerate(zip(begins, ends), start):
                pictures = units[order[begin : min(end, begin + most)]]
                matrix[row], means[row] = centre_of(pictures, int(seen[row]))
        return ClassCentres(labels, matrix, means, frozenset(everyone[~several].tolist()))


def affordable_pictures(identities: int, dimension: int) -> int:
    """
    Pictures of each identity that a centre is made of, where there are so many identities. Raises
    RunError where two of each don't fit.
    """
    affordable = _MEMORY_BUDGET // (identities * dimension * 4)
    if affordable < _FEWEST_PICTURES:
        raise RunError(
            f"Class centres of {identities} identities, two pictures each, do not fit into "
            f"{_MEMORY_BUDGET >> 20} MiB. Use the rows of a trained FC layer."
        )
    return min(_MOST_PICTURES, affordable)


def centre_of(units: np.ndarray, seen: int) -> tuple[np.ndarray, tuple[float, ...]]:
    """
    [n, d] unit embeddings to a unit centre: their mean, less those whose cosine to it is below
    median - 3 * 1.4826 * MAD. With it, its row of `ClassCentres.means`.

    seen: pictures of the person, those past the limit too
    """
    first, length = _unit_mean(units)
    kept = np.ones(len(units), bool)
    if len(units) >= 4:
        cosines = units.astype(np.float64) @ first.astype(np.float64)
        middle = np.median(cosines)
        deviation = 1.4826 * np.median(np.abs(cosines - middle))
        kept = cosines >= middle - _OUTLIER_DEVIATIONS * deviation
    count = int(kept.sum())
    dropped = len(units) - count
    if dropped == 0:
        return first, (count, length, count / seen, -1)
    unit, length = _unit_mean(units[kept])
    lowest = (units[kept].astype(np.float64) @ unit.astype(np.float64)).min()
    return unit, (count, length, count / (seen - dropped), lowest)


def _unit_mean(units: np.ndarray) -> tuple[np.ndarray, float]:
    """The direction of some embeddings' sum, and its length."""
    total = units.sum(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(total))
    return (total / (length or 1)).astype(np.float32), length


def load_centres(paths: Sequence[Path], dimension: int) -> ClassCentres:
    """
    Rows of trained FC layers, of unit length, labelled by their numbers: `arc_face_state_dict.weight`, InsightFace's parts in
    the order of the ranks in their names, or the one matrix of a file. Rows of zeros are the centre of nobody. Pickles are
    read with weights_only.

    Raises RunError for files without centres of this dimension, ranks with gaps or twice, and values that are no numbers.
    """
    weights = [path for path in paths if "softmax_weight_mom" not in path.name]
    if not weights:
        raise RunError("The run takes its class centres from files, and none was given. Name them with --centres.")
    ordered = sorted(weights, key=lambda path: _rank_of(path.name, len(weights)))
    ranks = [_rank_of(path.name, len(weights)) for path in ordered]
    if ranks != list(range(len(ordered))):
        raise RunError(f"The class centres' files are of ranks {', '.join(map(str, ranks))}; all from 0 on were expected, each once.")
    matrix = torch.cat([_matrix_in(path, dimension) for path in ordered])
    if not bool(torch.isfinite(matrix).all()):
        raise RunError(f"{', '.join(path.name for path in ordered)} hold values that are no numbers; they can't be class centres.")
    norms = matrix.norm(dim=1)
    labels = torch.nonzero(norms > 0).flatten()
    return ClassCentres(labels.numpy(), (matrix[labels] / norms[labels, None]).numpy())


def _rank_of(name: str, files: int) -> int:
    """Of the process that trained a part: `rank:3_softmax_weight.pt`, `softmax_fc_gpu_3.pt`, `checkpoint_gpu_3.pt`. A file by itself needs none."""
    match = re.search(r"(?:rank|gpu|split)[^a-z0-9]{0,3}(\d{1,6})(?!\d)", name.replace("%3a", ":"), re.IGNORECASE)
    if match is None and files > 1:
        raise RunError(f"{files} files of class centres were given, and the name of {name} doesn't say which part it is; one such as softmax_fc_gpu_0.pt was expected.")
    return int(match[1]) if match else 0


def _matrix_in(path: Path, dimension: int) -> Tensor:
    try:
        content = load_file(path) if path.suffix == ".safetensors" else torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch and safetensors raise many kinds.
        raise RunError(f"{path} can't be read as class centres ({str(error)[:200]}). Name them with --centres.") from error
    arrays = dict(_arrays_in(content))
    certain = [arrays[name] for name in ("arc_face_state_dict.weight", "state_dict_softmax_fc.weight") if name in arrays]
    # A network's own layers are no centres.
    is_network = any(value.ndim == 4 for value in arrays.values())
    found = certain[:1] or [value for value in arrays.values() if not is_network and value.ndim == 2 and dimension in value.shape]
    if len(found) != 1 or found[0].ndim != 2 or dimension not in found[0].shape:
        held = ", ".join(f"{name or 'an array without a name'} {list(value.shape)}" for name, value in list(arrays.items())[:5]) or "no arrays"
        raise RunError(f"{path.name} holds {held}; one matrix [classes, {dimension}] was expected as class centres.")
    return (found[0] if found[0].shape[1] == dimension else found[0].T).float()


def _arrays_in(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield path, value
    elif isinstance(value, Mapping) and depth < 4:
        for key, each in value.items():
            yield from _arrays_in(each, f"{path}.{key}" if path else str(key), depth + 1)
