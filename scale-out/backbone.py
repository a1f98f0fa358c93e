"""Frozen face backbones: an ONNX file through onnxruntime, or an IR network recognised by the keys of its weights."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from run_file import CROP_SIZE, RunError, RunFile

# A network's first convolution, whatever stands before its name.
_STEM = re.compile(r"(^|\.)(?:input_layer\.0|conv1)\.weight$")


class BackboneOutput(NamedTuple):
    """[n, d] before L2 normalisation, and the conv feature [n, c, h, w]; float32 on the run's device."""

    embedding: Tensor
    conv_feature: Tensor


class Backbone:
    """A frozen network behind its input convention."""

    def __init__(self, run: RunFile, network: Callable[[Tensor], BackboneOutput], device: torch.device) -> None:
        self._run, self._network, self._device = run, network, device

    @torch.no_grad()
    def __call__(self, pixels: Tensor) -> BackboneOutput:
        """RGB values 0..255 [n, 3, 112, 112] to features."""
        ordered = pixels.flip(1) if self._run.order == "BGR" else pixels
        embedding, feature = self._network((ordered - self._run.mean) * self._run.scale)
        return BackboneOutput(embedding.float().to(self._device), feature.float().to(self._device))


def load_backbone(run: RunFile, path: Path, device: torch.device, threads: int, autocast: bool) -> Backbone:
    """
    Loads the run's backbone and runs it once on an empty picture.

    Raises RunError for another backbone than the run's, one of no known kind, and features of other shapes than the run file says.
    """
    if not path.is_file():
        raise RunError(f"There is no backbone at {path}. Name it with --backbone.")
    if path.suffix.lower() == ".onnx":
        network: _OnnxNetwork | _IrNetwork = _OnnxNetwork(path, run, device, threads)
    else:
        network = _IrNetwork(_read_weights(path), run.config.convFeature, device, autocast)
    backbone = Backbone(run, network, device)
    embedding, feature = backbone(torch.zeros((1, 3, CROP_SIZE, CROP_SIZE), device=device))
    height, width, channels = run.conv_shape
    if tuple(embedding.shape[1:]) != (run.embedding_dim,) or tuple(feature.shape[1:]) != (channels, height, width):
        raise RunError(
            f"{path} gives an embedding {list(embedding.shape[1:])} and a conv feature {list(feature.shape[1:])}; "
            f"the run file says [{run.embedding_dim}] and [{channels}, {height}, {width}]."
        )
    convention = f"input {run.order} {_js_number(run.mean)} {_js_number(run.scale)}"
    if run.backbone_hash not in network.hashes(convention):
        wanted = f"{run.backbone_hash[:12]} ... was expected"
        raise RunError(f"{path} is not the backbone that the run file was made with, or is read in another way ({wanted}). Name the one that the studio had.")
    return backbone


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _js_number(value: float) -> str:
    """A number as JavaScript writes it, which the studio's hashes of a backbone hold."""
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f" if abs(value) >= 1e-6 else "")


class _OnnxNetwork:
    """onnxruntime on CUDA where it is there, with the conv feature as one more output."""

    def __init__(self, path: Path, run: RunFile, device: torch.device, threads: int) -> None:
        import onnx
        import onnxruntime

        self._tap = conv_feature = run.conv_feature or ""
        if not conv_feature:
            raise RunError(f"The run file doesn't name the conv feature of {path.name}. Export it again from the studio.")
        # Arrays in files of their own are read by onnxruntime, which looks for them beside the model.
        content = path.read_bytes()
        model = onnx.load_from_string(content)
        graph = model.graph
        self._pieces = [_sha256(content), *(_sha256(piece) for piece in _external_pieces(onnx, graph, path.parent))]
        values = {name for node in graph.node for name in node.output}
        if conv_feature not in values:
            raise RunError(f'{path.name} has no value "{conv_feature}", which the run file names as its conv feature.')
        if conv_feature not in {output.name for output in graph.output}:
            graph.output.append(onnx.helper.make_tensor_value_info(conv_feature, onnx.TensorProto.FLOAT, None))
        names = [output.name for output in graph.output]
        is_fixed = _free_batch(onnx, graph)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        wanted: list[Any] = [("CUDAExecutionProvider", {"device_id": device.index})] if device.type == "cuda" else []
        available = onnxruntime.get_available_providers()
        providers = [provider for provider in wanted if provider[0] in available] + ["CPUExecutionProvider"]
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path.resolve().parent))
        self._session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=providers)
        initialisers = {initialiser.name for initialiser in graph.initializer}
        self._input = next(each.name for each in graph.input if each.name not in initialisers)
        self._outputs = [self._embedding(names, run.embedding_dim), conv_feature]
        self._is_single = is_fixed and not self._takes_batches()

    def hashes(self, convention: str) -> tuple[str, str]:
        """The studio's names of this model: of its bytes alone as it is usually read, and of how it is read here."""
        file = self._pieces[0] if len(self._pieces) == 1 else _sha256(",".join(self._pieces).encode())
        return file, _sha256(f"{file}, {convention}, conv feature {self._tap}".encode())

    def _embedding(self, names: list[str], dimension: int) -> str:
        """The first output that is one row of so many numbers a picture."""
        found = self._session.run(names, {self._input: np.zeros((1, 3, CROP_SIZE, CROP_SIZE), np.float32)})
        fitting = [name for name, value in zip(names, found) if value.size == dimension and value.shape[:2] == (1, dimension)]
        if not fitting:
            raise RunError(f"The model gives {', '.join(str(list(value.shape)) for value in found)} for one picture; an embedding [1, {dimension}] was expected.")
        return fitting[0]

    def _takes_batches(self) -> bool:
        """Whether a model that was written for one picture at a time gives the same for two at once."""
        pictures = np.random.default_rng(0).standard_normal((2, 3, CROP_SIZE, CROP_SIZE), dtype=np.float32)
        try:
            together = self._run(pictures)
        except Exception:  # onnxruntime's own kinds: a shape that is written into the graph.
            return False
        alone = [self._run(pictures[at : at + 1]) for at in range(2)]
        return all(
            whole.shape[0] == 2 and np.allclose(whole, np.concatenate(parts), rtol=1e-3, atol=1e-3 * float(np.abs(whole).max()))
            for whole, parts in zip(together, zip(*alone))
        )

    def _run(self, pictures: np.ndarray) -> list[np.ndarray]:
        return self._session.run(self._outputs, {self._input: pictures})

    def __call__(self, pixels: Tensor) -> BackboneOutput:
        pictures = np.ascontiguousarray(pixels.cpu().numpy())
        parts = [pictures[at : at + 1] for at in range(len(pictures))] if self._is_single else [pictures]
        results = [self._run(part) for part in parts]
        embedding, feature = (torch.from_numpy(np.concatenate(column)) for column in zip(*results))
        return BackboneOutput(embedding.flatten(1), feature)


def _external_pieces(onnx: Any, graph: Any, folder: Path) -> Iterator[bytes]:
    """The arrays that a model keeps in files beside it, in its own order."""
    for initialiser in graph.initializer:
        if initialiser.data_location != onnx.TensorProto.EXTERNAL:
            continue
        place = {entry.key: entry.value for entry in initialiser.external_data}
        file = (folder / place["location"]).resolve()
        if not file.is_relative_to(folder.resolve()) or not file.is_file():
            raise RunError(f"The model keeps its array {initialiser.name} in {place['location']}, which is not beside it.")
        with file.open("rb") as stream:
            stream.seek(int(place.get("offset", 0)))
            yield stream.read(int(place["length"]) if "length" in place else -1)


def _free_batch(onnx: Any, graph: Any) -> bool:
    """Lets a graph of one picture take several: its declared sizes, and a leading 1 in what it reshapes to. Returns whether it was one."""
    sizes = [value.type.tensor_type.shape.dim for value in graph.input]
    batch = next((dims[0].dim_value for dims in sizes if len(dims) == 4), 0)
    for value in (*graph.input, *graph.output):
        dims = value.type.tensor_type.shape.dim
        if len(dims) in (2, 4) and value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT and batch > 0:
            dims[0].dim_param = "N"
    if batch != 1:
        return batch > 0
    targets = {node.input[1] for node in graph.node if node.op_type == "Reshape"}
    for initialiser in graph.initializer:
        if initialiser.name not in targets:
            continue
        shape = onnx.numpy_helper.to_array(initialiser)
        if shape.ndim == 1 and shape.size > 0 and shape[0] == 1:
            # 0 means: as many as came in.
            initialiser.CopyFrom(onnx.numpy_helper.from_array(np.array([0, *shape[1:]], dtype=shape.dtype), initialiser.name))
    del graph.value_info[:]
    return True


def _read_weights(path: Path) -> dict[str, Tensor]:
    """A network's arrays by name, whatever they are wrapped in. Pickles are read with weights_only."""
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise RunError(f"{path} can't be read as PyTorch weights ({str(error)[:200]}).") from error
    for arrays in _dictionaries(found):
        if any(_STEM.search(str(name)) for name in arrays):
            return {str(name): value for name, value in arrays.items() if isinstance(value, Tensor)}
    raise RunError(f"{path} holds no network of a known kind: neither input_layer.0.weight nor conv1.weight is in it.")


def _dictionaries(value: Any, depth: int = 0) -> Iterator[Mapping[Any, Any]]:
    if not isinstance(value, Mapping) or depth > 3:
        return
    if any(isinstance(each, Tensor) for each in value.values()):
        yield value
    for each in value.values():
        yield from _dictionaries(each, depth + 1)


class _IrNetwork:
    """
    IR and IR-SE of the published code, TFace and face.evoLVe, and InsightFace's iresnet: one graph, its switches read off
    the keys. They are a BatchNorm after each unit's first convolution, and a convolution or none on a unit's shortcut.
    """

    def __init__(self, weights: Mapping[str, Tensor], conv_feature: str, device: torch.device, autocast: bool) -> None:
        stem = next((name for name in weights if _STEM.search(name) and not re.search(r"(^|\.)(layer\d|body)\.", name)), "")
        prefix = _STEM.sub(r"\1", stem)
        named = {name[len(prefix) :]: value for name, value in weights.items() if name.startswith(prefix)}
        self._weights = {name: value.float().to(device) for name, value in named.items() if not name.endswith("num_batches_tracked")}
        broken = next((name for name, value in self._weights.items() if not bool(torch.isfinite(value).all())), None)
        if broken is not None:
            raise RunError(f"The backbone's array {broken} holds values that are no numbers. Its training diverged, or the file is damaged.")
        # In the order in which the network asks for them, which is the studio's.
        self._read: dict[str, Tensor] = {}
        self._is_layered = "conv1.weight" in self._weights
        self._after_norm, self._device, self._autocast = conv_feature == "after-bn", device, autocast
        pattern = re.compile(r"(layer[1-4]\.\d+|body\.\d+)\.")
        units = {match[1] for match in map(pattern.match, self._weights) if match}
        self._units = sorted(units, key=lambda unit: [int(number) for number in re.findall(r"\d+", unit)])
        if not units or not stem:
            raise RunError("The backbone is no IR network: its keys have no input_layer.0 or conv1, or neither body.0 nor layer1.0.")
        # Squeeze and excitation has a number or a name.
        self._squeeze = next((match[1] for match in (re.search(r"\.res_layer\.(\w+)\.fc1\.weight$", name) for name in self._weights) if match), "")
        self._middle = self._is_layered or f"{self._units[0]}.res_layer.5.running_mean" in self._weights

    def __call__(self, pixels: Tensor) -> BackboneOutput:
        with torch.autocast(self._device.type, enabled=self._autocast and self._device.type == "cuda"):
            feature, embedding = self._forward(pixels.contiguous())
        unread = self._weights.keys() - self._read.keys()
        if unread:
            raise RunError(f"The backbone has {len(unread)} arrays that no network of its kind has; the first is {min(unread)}.")
        return BackboneOutput(embedding, feature)

    def hashes(self, convention: str) -> tuple[str]:
        """The studio's name of these weights, whatever file they lie in, and of how they are read."""
        lines = [f"{name} [{', '.join(map(str, value.shape))}] {_sha256(value.cpu().numpy().tobytes())}" for name, value in self._read.items()]
        return (_sha256("\n".join([*lines, convention, f"conv feature {'after-bn' if self._after_norm else 'body'}"]).encode()),)

    def _forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        layered = self._is_layered
        stem = ("conv1", "bn1", "prelu") if layered else ("input_layer.0", "input_layer.1", "input_layer.2")
        x = self._prelu(self._norm(self._conv(x, stem[0], 1, 1), stem[1]), stem[2])
        for unit in self._units:
            x = self._layered_unit(x, unit) if layered else self._published_unit(x, unit)
        norm, linear, last = ("bn2", "fc", "features") if layered else ("output_layer.0", "output_layer.3", "output_layer.4")
        normed = self._norm(x, norm)
        embedding = self._norm(F.linear(normed.flatten(1), self._at(f"{linear}.weight"), self._at(f"{linear}.bias")), last)
        return (normed if self._after_norm else x), embedding

    def _layered_unit(self, x: Tensor, unit: str) -> Tensor:
        stride = 2 if f"{unit}.downsample.0.weight" in self._weights else 1
        y = self._norm(self._conv(self._norm(x, f"{unit}.bn1"), f"{unit}.conv1", 1, 1), f"{unit}.bn2")
        y = self._norm(self._conv(self._prelu(y, f"{unit}.prelu"), f"{unit}.conv2", stride, 1), f"{unit}.bn3")
        return y + (self._norm(self._conv(x, f"{unit}.downsample.0", stride, 0), f"{unit}.downsample.1") if stride == 2 else x)

    def _published_unit(self, x: Tensor, unit: str) -> Tensor:
        has_shortcut = f"{unit}.shortcut_layer.0.weight" in self._weights
        stride = 2 if has_shortcut or unit == self._units[0] else 1
        at, later = f"{unit}.res_layer", 1 if self._middle else 0
        y = self._conv(self._norm(x, f"{at}.0"), f"{at}.1", 1, 1)
        if self._middle:
            y = self._norm(y, f"{at}.2")
        y = self._norm(self._conv(self._prelu(y, f"{at}.{2 + later}"), f"{at}.{3 + later}", stride, 1), f"{at}.{4 + later}")
        squeeze = f"{at}.{self._squeeze}"
        if f"{squeeze}.fc1.weight" in self._weights:
            pooled = self._conv(y.mean((2, 3), keepdim=True), f"{squeeze}.fc1", 1, 0).relu()
            y = y * self._conv(pooled, f"{squeeze}.fc2", 1, 0).sigmoid()
        # MaxPool(1, stride) of the published code is nothing but every stride-th value.
        return y + (self._norm(self._conv(x, f"{unit}.shortcut_layer.0", stride, 0), f"{unit}.shortcut_layer.1") if has_shortcut else x[:, :, ::stride, ::stride])

    def _at(self, name: str) -> Tensor:
        if name not in self._weights:
            raise RunError(f'The backbone has no array "{name}", which a network of its kind has.')
        return self._read.setdefault(name, self._weights[name])

    def _conv(self, x: Tensor, name: str, stride: int, padding: int) -> Tensor:
        return F.conv2d(x, self._at(f"{name}.weight"), None, stride, padding)

    def _prelu(self, x: Tensor, name: str) -> Tensor:
        return F.prelu(x, self._at(f"{name}.weight"))

    def _norm(self, x: Tensor, name: str) -> Tensor:
        # The last one of some files has no weight and no bias.
        scale, shift = (self._at(f"{name}.{part}") if f"{name}.{part}" in self._weights else None for part in ("weight", "bias"))
        return F.batch_norm(x, self._at(f"{name}.running_mean"), self._at(f"{name}.running_var"), scale, shift, False, 0.0, 1e-5)
