"""What PyTorch and safetensors make of files that the studio wrote, and files of theirs for it.

    torch_files.py read FOLDER     the weights of studio.pt and studio.safetensors as found.json
    torch_files.py write FOLDER    zip.pt, legacy.pt and python.safetensors, and their elements as float32 in expected.json
"""

import json
import sys
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def read(folder: Path) -> None:
    found = {}
    for mapped in (False, True):
        whole = torch.load(folder / "studio.pt", weights_only=True, mmap=mapped)
        assert whole["epoch"] == 3 and type(whole["epoch"]) is int
        assert whole["five"] == 5.0 and type(whole["five"]) is float
        assert whole["betas"] == (0.9, 0.999) and whole["none"] is None and whole["flags"] == [True, False]
        assert isinstance(whole["net"], OrderedDict) and isinstance(whole["state"][0]["step"], torch.Tensor)
        assert whole["state"][0]["step"].dtype == torch.int64 and whole["state"][0]["step"].item() == 41
        assert not whole["net"]["0.weight"].requires_grad and whole["net"]["0.weight"].is_contiguous()
        found["by torch.load, mapped" if mapped else "by torch.load"] = whole["net"]["0.weight"].flatten().tolist()
    tensors = load_file(folder / "studio.safetensors")
    found["by safetensors"] = tensors["weight"].flatten().tolist()
    (folder / "found.json").write_text(json.dumps(found))


def write(folder: Path) -> None:
    torch.manual_seed(5)
    base = torch.randn(40, 30)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8))
    arrays = {
        "base": base,
        "transposed": base.t(),
        "window": base[3:17:2, 5:20:3],
        "channels_last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "double": base.double() * 1e-40,
        "half": base.half() * 1e-4,
        "brain": base.bfloat16(),
        "long": torch.randint(-(2**40), 2**40, (50,)),
        "short": torch.randint(-(2**15), 2**15, (50,), dtype=torch.int16),
        "signed": torch.randint(-128, 128, (50,), dtype=torch.int8),
        **{f"net.{name}": tensor for name, tensor in net.state_dict().items()},
    }
    expected = {name: tensor.to(torch.float32).flatten().tolist() for name, tensor in arrays.items()}
    (folder / "expected.json").write_text(json.dumps(expected))
    torch.save(arrays, folder / "zip.pt")
    torch.save(arrays, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    save_file({name: tensor.contiguous().clone() for name, tensor in arrays.items()}, folder / "python.safetensors")


if __name__ == "__main__":
    {"read": read, "write": write}[sys.argv[1]](Path(sys.argv[2]))
