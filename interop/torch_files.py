"""Holds files that the studio wrote against what PyTorch and safetensors make of them, and writes some for it.

    torch_files.py read FOLDER     values of studio.pt and studio.safetensors as JSON
"""

import json
import sys
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import load_file


def main(folder: Path) -> None:
    found = {}
    for mapped in (False, True):
        whole = torch.load(folder / "studio.pt", weights_only=True, mmap=mapped)
        assert whole["epoch"] == 3 and type(whole["epoch"]) is int
        assert whole["five"] == 5.0 and type(whole["five"]) is float
        assert whole["betas"] == (0.9, 0.999) and whole["none"] is None and whole["flags"] == [True, False]
        assert isinstance(whole["net"], OrderedDict) and isinstance(whole["state"][0]["step"], torch.Tensor)
        found["mapped" if mapped else "read"] = whole["net"]["0.weight"].flatten().tolist()
    tensors = load_file(folder / "studio.safetensors")
    found["safetensors"] = tensors["weight"].flatten().tolist()
    (folder / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
