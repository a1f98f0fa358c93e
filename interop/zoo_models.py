"""Imitations of the InsightFace zoo's ONNX models, exported by torch.onnx, and what onnxruntime makes of them.

    python zoo_models.py FOLDER r18|mbf|r50|r100

Each model comes as NAME.onnx with NAME.safetensors beside it: `pixels` [B, 112, 112, 3] (whole numbers 0 to 255, RGB),
`embedding` [B, d], `body` [B, h, w, c] and `after-bn`, which are the input and the output of the last BatchNormalization
before space collapses (the same value in models that have none). models.json lists them. The weights are random; the
running statistics are those of random pictures, so that sizes stay as they are in trained models.
"""

import json
import logging
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from torch import nn

# What the exporters say of each other is nothing to a comparison.
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
SIDE = 112


class Block(nn.Module):
    """The residual unit of iresnet: BN, conv, BN, PReLU, conv, BN."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inside, eps=1e-5)
        self.conv1 = nn.Conv2d(inside, outside, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside, eps=1e-5)
        self.prelu = nn.PReLU(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outside, eps=1e-5)
        self.downsample = None
        if stride != 1 or inside != outside:
            self.downsample = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside, eps=1e-5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x))))))
        return y + (x if self.downsample is None else self.downsample(x))


class IResNet(nn.Module):
    def __init__(self, units: tuple[int, ...], dropout: float = 0.0) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64, eps=1e-5)
        self.prelu = nn.PReLU(64)
        inside = 64
        for stage, (width, count) in enumerate(zip((64, 128, 256, 512), units), 1):
            blocks = [Block(inside, width, 2)] + [Block(width, width, 1) for _ in range(count - 1)]
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
            inside = width
        self.bn2 = nn.BatchNorm2d(512, eps=1e-5)
        self.dropout = nn.Dropout(dropout, inplace=True)
        self.fc = nn.Linear(512 * 49, 512)
        self.features = nn.BatchNorm1d(512, eps=1e-5)
        nn.init.constant_(self.features.weight, 1.0)
        self.features.weight.requires_grad = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.prelu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = self.dropout(torch.flatten(self.bn2(x), 1))
        return self.features(self.fc(x))


def conv_bn(inside: int, outside: int, kernel: int, stride: int = 1, pad: int = 0, groups: int = 1, active: bool = True) -> nn.Sequential:
    layers = [nn.Conv2d(inside, outside, kernel, stride, pad, groups=groups, bias=False), nn.BatchNorm2d(outside)]
    return nn.Sequential(*layers, *([nn.PReLU(outside)] if active else []))


class DepthWise(nn.Module):
    def __init__(self, inside: int, outside: int, groups: int, stride: int, residual: bool) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            conv_bn(inside, groups, 1),
            conv_bn(groups, groups, 3, stride, 1, groups),
            conv_bn(groups, outside, 1, active=False),
        )
        self.residual = residual

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)


class FlattenByView(nn.Module):
    """Exported with a dynamic batch this is a chain of Shape, Gather, Concat and Reshape."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(x.size(0), -1)


class MobileFaceNet(nn.Module):
    def __init__(self, scale: int = 2, blocks: tuple[int, ...] = (1, 4, 6, 2)) -> None:
        super().__init__()
        a, b = 64 * scale, 128 * scale
        same = lambda width, groups, count: [DepthWise(width, width, groups, 1, True) for _ in range(count)]  # noqa: E731
        self.body = nn.Sequential(
            conv_bn(3, a, 3, 2, 1),
            *([conv_bn(a, a, 3, 1, 1, a)] if blocks[0] == 1 else same(a, a, blocks[0])),
            DepthWise(a, a, a * 2, 2, False),
            *same(a, a * 2, blocks[1]),
            DepthWise(a, b, b * 2, 2, False),
            *same(b, b * 2, blocks[2]),
            DepthWise(b, b, b * 4, 2, False),
            *same(b, b * 2, blocks[3]),
            conv_bn(b, 512, 1),
        )
        self.collapse = conv_bn(512, 512, 7, groups=512, active=False)
        self.flatten = FlattenByView()
        self.linear = nn.Linear(512, 512, bias=False)
        self.bn = nn.BatchNorm1d(512)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.bn(self.linear(self.flatten(self.collapse(self.body(x)))))


class Normalised(nn.Module):
    """A model with its own normalisation in front, or with its embedding brought to length one behind, or as a map of one place."""

    def __init__(self, inner: nn.Module, front: bool = False, unit: bool = False, spatial: bool = False) -> None:
        super().__init__()
        self.inner, self.front, self.unit, self.spatial = inner, front, unit, spatial
        # The exporter puts a model back as it found it, its parts with it.
        self.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.inner((x - 127.5) * 0.0078125 if self.front else x)
        if self.unit:
            y = nn.functional.normalize(y)
        return y[:, :, None, None] if self.spatial else y


def with_random_weights(model: nn.Module) -> nn.Module:
    """Running statistics of random pictures, and slopes, scales and offsets that are no constants."""
    generator = torch.Generator().manual_seed(5)
    norms = [each for each in model.modules() if isinstance(each, nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.momentum = None
        if norm.weight.requires_grad:
            norm.weight.data.uniform_(0.6, 1.2, generator=generator)
        norm.bias.data.normal_(0, 0.2, generator=generator)
    for each in model.modules():
        if isinstance(each, nn.PReLU):
            each.weight.data.uniform_(-0.1, 0.4, generator=generator)
    with torch.no_grad():
        model.train()(torch.rand(4, 3, SIDE, SIDE, generator=generator) * 2 - 1)
    return model.eval()


def scripted(model: nn.Module, path: Path, opset: int = 11, dynamic: bool = False, fold: bool = True, preserve: bool = False) -> None:
    mode = torch.onnx.TrainingMode.PRESERVE if preserve else torch.onnx.TrainingMode.EVAL
    axes = {"data": {0: "batch"}} if dynamic else None
    torch.onnx.export(
        model, torch.zeros(1, 3, SIDE, SIDE), str(path), dynamo=False, opset_version=opset, do_constant_folding=fold,
        training=mode, input_names=["data"], dynamic_axes=axes, keep_initializers_as_inputs=opset < 9,
    )  # fmt: skip


def traced(model: nn.Module, path: Path, opset: int = 18, dynamic: bool = False, optimize: bool = True, external: bool = False) -> None:
    shapes = {"x": {0: torch.export.Dim("batch")}} if dynamic else None
    torch.onnx.export(
        model, (torch.zeros(2 if dynamic else 1, 3, SIDE, SIDE),), str(path), dynamo=True, opset_version=opset, optimize=optimize,
        dynamic_shapes=shapes, external_data=external, verbose=False,
    )  # fmt: skip


def batch_by_name(path: Path) -> None:
    """As InsightFace's own export: the batch is renamed in the input after a static export."""
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "None"
    onnx.save(model, path)


def as_float16(source: Path, path: Path, listed: bool) -> None:
    """Weights as float16, each brought back to float32 by a Cast: what weight compression makes."""
    model = onnx.load(source)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        half = numpy_helper.to_array(tensor).astype(np.float16)
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
        if listed:
            tensor.ClearField("raw_data")
            tensor.int32_data.extend(half.reshape(-1).view(np.uint16).astype(np.int32).tolist())
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)
    onnx.save(model, path)


def as_bfloat16(source: Path, path: Path) -> None:
    model = onnx.load(source)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        bits = (numpy_helper.to_array(tensor).reshape(-1).view(np.uint32) >> 16).astype(np.uint16)
        name, dims = tensor.name, list(tensor.dims)
        tensor.Clear()
        tensor.name, tensor.data_type, tensor.raw_data = f"{name}_brain", TensorProto.BFLOAT16, bits.tobytes()
        tensor.dims.extend(dims)
        casts.append(helper.make_node("Cast", [f"{name}_brain"], [name], to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)
    onnx.save(model, path)


def wholly_float16(source: Path, path: Path) -> None:
    """Everything in float16 between a Cast at the input and one at the output, as the float16 converters of ONNX's tools do."""
    model = onnx.load(source)
    graph = model.graph
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    given, made = graph.input[0].name, graph.output[0].name
    for node in graph.node:
        node.input[:] = ["given_half" if name == given else name for name in node.input]
        node.output[:] = ["made_half" if name == made else name for name in node.output]
    nodes = [helper.make_node("Cast", [given], ["given_half"], to=TensorProto.FLOAT16), *graph.node]
    nodes.append(helper.make_node("Cast", ["made_half"], [made], to=TensorProto.FLOAT))
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]
    onnx.save(model, path)


def feature_names(model: onnx.ModelProto) -> tuple[str, str]:
    """Names of `body` and `after-bn`, told by the nodes' kinds alone."""
    made_by = {name: node for node in model.graph.node for name in node.output}
    constants = {each.name for each in model.graph.initializer} | {node.output[0] for node in model.graph.node if node.op_type == "Constant"}
    kernels = {each.name: list(each.dims[2:]) for each in model.graph.initializer}
    kernels |= {node.output[0]: kernels[node.input[0]] for node in model.graph.node if node.op_type == "Cast" and node.input[0] in kernels}
    name = model.graph.output[0].name
    while True:
        node = made_by[name]
        name = next(each for each in node.input if each not in constants)
        before = made_by[name]
        if node.op_type == "Conv" and kernels[node.input[1]] == [7, 7]:
            return name, name
        if node.op_type in ("Flatten", "Reshape") and before.op_type == "BatchNormalization" and made_by[before.input[0]].op_type != "Conv":
            return before.input[0], name


def expect(path: Path, raw: bool) -> None:
    """Runs the model in onnxruntime and writes what it gives beside it. The model's pictures are raw bytes where it normalises them itself."""
    model = onnx.load(path)
    body, after = feature_names(model)
    embedding = model.graph.output[0].name
    half = any(each.op_type == "Cast" and each.output[0] == "given_half" for each in model.graph.node)
    kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    for name in {body, after}:
        model.graph.output.append(helper.make_tensor_value_info(name, kind, None))
    pixels = np.random.default_rng(3).integers(0, 256, (2, SIDE, SIDE, 3)).astype(np.float32)
    # Smooth pictures beside the noise: rows brighten downwards.
    pixels[1] = np.clip(pixels[1] * 0.25 + np.linspace(0, 190, SIDE, dtype=np.float32)[:, None, None], 0, 255).round()
    given = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
    if not raw:
        given = (given - 127.5) / 127.5
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    bytes_of = model.SerializeToString()
    del model
    session = onnxruntime.InferenceSession(bytes_of, options, providers=["CPUExecutionProvider"])
    input_name = session.get_inputs()[0].name
    # A batch that was only renamed is still written out as 1 inside.
    singly = session.get_inputs()[0].shape[0] in (1, "None")
    names = [embedding, body, after]
    wanted = list(dict.fromkeys(names))
    parts = [session.run(wanted, {input_name: each}) for each in (np.split(given, 2) if singly else [given])]
    found = {name: np.concatenate([part[i] for part in parts]).astype(np.float32) for i, name in enumerate(wanted)}
    last = lambda x: np.ascontiguousarray(x.transpose(0, 2, 3, 1))  # noqa: E731
    arrays = {"pixels": pixels, "embedding": found[embedding].reshape(2, -1), "body": last(found[body]), "after-bn": last(found[after])}
    save_file(arrays, path.with_suffix(".safetensors"))


Finish = Callable[..., None]


def iresnet18(path: Callable[[str], Path], finish: Finish) -> None:
    model = with_random_weights(IResNet((2, 2, 2, 2), dropout=0.4))
    scripted(model, path("r18-set11"))
    finish("r18-set11")
    scripted(model, path("r18-set8-preserve"), 8, fold=False, preserve=True)
    finish("r18-set8-preserve")
    scripted(model, path("r18-set13-dynamic-unfolded"), 13, dynamic=True, fold=False)
    finish("r18-set13-dynamic-unfolded")
    scripted(model, path("r18-set17-preserve"), 17, dynamic=True, preserve=True)
    finish("r18-set17-preserve")
    traced(model, path("r18-dynamo"))
    finish("r18-dynamo")
    traced(model, path("r18-dynamo-set21-dynamic-plain"), 21, dynamic=True, optimize=False)
    finish("r18-dynamo-set21-dynamic-plain")
    scripted(Normalised(model, front=True), path("r18-own-normalisation"), dynamic=True)
    finish("r18-own-normalisation", raw=True)
    scripted(Normalised(model, unit=True), path("r18-unit-length"), 14, dynamic=True)
    finish("r18-unit-length")
    traced(Normalised(model, unit=True, spatial=True), path("r18-dynamo-unit-map"), 20, dynamic=True)
    finish("r18-dynamo-unit-map")
    as_float16(path("r18-set11"), path("r18-half-weights"), listed=False)
    finish("r18-half-weights")
    as_bfloat16(path("r18-set13-dynamic-unfolded"), path("r18-brain-weights"))
    finish("r18-brain-weights")
    wholly_float16(path("r18-set17-preserve"), path("r18-wholly-half"))
    # onnxruntime rounds every layer's result to eleven bits, the studio none.
    finish("r18-wholly-half", bar=1e-2)


def mobile(path: Callable[[str], Path], finish: Finish) -> None:
    model = with_random_weights(MobileFaceNet())
    scripted(model, path("mbf-set11"))
    batch_by_name(path("mbf-set11"))
    finish("mbf-set11")
    scripted(model, path("mbf-set12-dynamic"), 12, dynamic=True)
    finish("mbf-set12-dynamic")
    scripted(model, path("mbf-set16-dynamic-preserve-unfolded"), 16, dynamic=True, fold=False, preserve=True)
    finish("mbf-set16-dynamic-preserve-unfolded")
    traced(model, path("mbf-dynamo-dynamic"), 18, dynamic=True)
    finish("mbf-dynamo-dynamic")
    as_float16(path("mbf-set12-dynamic"), path("mbf-half-listed"), listed=True)
    finish("mbf-half-listed")


def iresnet50(path: Callable[[str], Path], finish: Finish) -> None:
    model = with_random_weights(IResNet((3, 4, 14, 3)))
    scripted(model, path("r50-set11"))
    batch_by_name(path("r50-set11"))
    finish("r50-set11")
    traced(model, path("r50-dynamo-external"), 18, dynamic=True, external=True)
    finish("r50-dynamo-external")


def iresnet100(path: Callable[[str], Path], finish: Finish) -> None:
    scripted(with_random_weights(IResNet((3, 13, 30, 3))), path("r100-set14-dynamic"), 14, dynamic=True)
    finish("r100-set14-dynamic")
    whole = onnx.load(path("r100-set14-dynamic"))
    onnx.save_model(whole, path("r100-external"), save_as_external_data=True, all_tensors_to_one_file=True, location="r100.bin", size_threshold=1024)
    finish("r100-external")


FAMILIES = {"r18": iresnet18, "mbf": mobile, "r50": iresnet50, "r100": iresnet100}


def main(folder: Path, family: str) -> None:
    torch.manual_seed(1)
    listed: list[dict[str, object]] = []

    def finish(name: str, bar: float = 1e-4, raw: bool = False) -> None:
        expect(folder / f"{name}.onnx", raw)
        listed.append({"name": name, "bar": bar})

    FAMILIES[family](lambda name: folder / f"{name}.onnx", finish)
    (folder / "models.json").write_text(json.dumps(listed))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
