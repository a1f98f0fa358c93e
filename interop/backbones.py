"""
One IR network of random weights: NETWORK.pth as training code saves it, and NETWORK.safetensors with two pictures (bytes as
float32) and what PyTorch makes of them in float64. Usage: backbones.py FOLDER NETWORK, such as scf-50, tface-se-50, insightface-100.
"""

import sys
from pathlib import Path

import torch
from ir_networks import IR_UNITS, Iresnet, PublishedIr, fed, outputs, randomised
from safetensors.torch import save_file

folder, name = Path(sys.argv[1]), sys.argv[2]
family, *kind, depth = name.split("-")
units = IR_UNITS[int(depth)]
network = Iresnet(units) if family == "insightface" else PublishedIr(units, mid_norm=family == "tface", se="se" in kind)
randomised(network, seed=len(name) + int(depth))
torch.save(network.state_dict(), folder / f"{name}.pth")

noise = torch.nn.functional.interpolate(torch.rand(2, 3, 14, 14), size=112, mode="bilinear") + 0.2 * torch.randn(2, 3, 112, 112)
pixels = (noise.clamp(0, 1) * 255).round().permute(0, 2, 3, 1).contiguous()
with torch.no_grad():
    embedding, body, after = outputs(network.double(), fed(pixels.double(), 128 if family == "scf" else 127.5).double())
arrays = {"pixels": pixels, "embedding": embedding, "body": body, "after-bn": after}
save_file({key: value.float().contiguous() for key, value in arrays.items()}, folder / f"{name}.safetensors")
