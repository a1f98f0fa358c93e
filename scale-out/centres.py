"""Class centres: each person's mean direction with outliers dropped, over the pictures of all processes; or rows of FC files."""

from __future__ import annotations

import re
from bisect import insort
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from ranks import Ranks
from run_file import RunError

# The studio's rule, which decides how many pictures a centre is made of: at most so many, and so many bytes for all of them.
_MOST_PICTURES = 32
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

    def rows(self, labels: np.ndarray) -> np.ndarray:
        """The centres of `labels`, in their order. Raises RunError for one that has none."""
        at = np.searchsorted(self.labels, labels)
        found = self.labels[np.minimum(at, len(self.labels) - 1)] == labels
        if not found.all():
            raise RunError(
                f"{np.count_nonzero(~found)} pictures are of identities without a class centre, {labels[~found][0]} among them; "
                f"there are {len(self.labels)} centres. Choose the centres of this data set."
            )
        return self.matrix[at]

    def cos_theta(self, labels: np.ndarray, units: np.ndarray) -> np.ndarray:
        """cos theta between unit embeddings and their identities' centres: float64 products, kept as float32."""
        return np.einsum("nd,nd->n", self.rows(labels), units, dtype=np.float64).astype(np.float32)


class CentreBuilder:
    """Collects this process's unit embeddings, and makes the centres of all processes' together: the first pictures of each identity count."""

    def __init__(self, dimension: int, expected: int | None) -> None:
        self._dimension, self._expected = dimension, expected or 1
        self._pictures: dict[int, list[tuple[int, np.ndarray]]] = {}
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
        insort(pictures, (ordinal, unit), key=lambda picture: picture[0])
        del pictures[self._most :]

    def finish(self, ranks: Ranks) -> ClassCentres:
        """The centres of all identities that any process saw. All processes take part, and each gets all of them."""
        own = torch.tensor(sorted(self._pictures), dtype=torch.int64)
        labels = np.unique(ranks.gather(own).numpy())
        matrix = np.zeros((len(labels), self._dimension), np.float32)
        most = affordable_pictures(max(self._expected, len(labels)), self._dimension)
        for start in range(0, len(labels), _BLOCK):
            block = labels[start : start + _BLOCK]
            rows = [(int(label), ordinal, unit) for label in block for ordinal, unit in self._pictures.get(int(label), [])]
            places = ranks.gather(torch.tensor([row[:2] for row in rows], dtype=torch.int64).reshape(-1, 2)).numpy()
            units = ranks.gather(torch.from_numpy(np.array([row[2] for row in rows], np.float32).reshape(-1, self._dimension))).numpy()
            order = np.lexsort((places[:, 1], places[:, 0]))
            ends = np.searchsorted(places[order, 0], block, side="right")
            begins = np.searchsorted(places[order, 0], block, side="left")
            for at, (begin, end) in enumerate(zip(begins, ends)):
                matrix[start + at] = centre_of(units[order[begin : min(end, begin + most)]])
        return ClassCentres(labels, matrix)


def affordable_pictures(identities: int, dimension: int) -> int:
    """Pictures of each identity that a centre is made of, where there are so many identities. Raises RunError where not even one fits."""
    affordable = _MEMORY_BUDGET // (identities * dimension * 4)
    if affordable < 1:
        raise RunError(f"Class centres of {identities} identities do not fit into {_MEMORY_BUDGET >> 20} MiB. Use the rows of a trained FC layer.")
    return min(_MOST_PICTURES, affordable)


def centre_of(units: np.ndarray) -> np.ndarray:
    """[n, d] unit embeddings to a unit centre: their mean, less those whose cosine to it is below median - 3 * 1.4826 * MAD."""
    first = _unit_mean(units)
    if len(units) < 4:
        return first
    cosines = units.astype(np.float64) @ first.astype(np.float64)
    middle = np.median(cosines)
    deviation = 1.4826 * np.median(np.abs(cosines - middle))
    kept = cosines >= middle - _OUTLIER_DEVIATIONS * deviation
    return first if kept.all() else _unit_mean(units[kept])


def _unit_mean(units: np.ndarray) -> np.ndarray:
    total = units.sum(axis=0, dtype=np.float64)
    return (total / (np.linalg.norm(total) or 1)).astype(np.float32)


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
