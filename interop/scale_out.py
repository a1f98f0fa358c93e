"""
What the check of `scale-out/` asks of Python: `torchrun ARGS`, `kappa …`, `checkpoint …`,
`features …`, `tags …`.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "scale-out"))

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from backbone import load_backbone
from checkpoints import load_head, resume
from data import Reading, chunks_of, find_shards, pixels_of
from heads import create_head
from run_file import read_run_file

CPU = torch.device("cpu")


def kappa(run_path: str, backbone_path: str, shards: str, head_path: str, count: str, out: str) -> None:
    """Kappa of the first held-out pictures, by the program's own backbone and head."""
    run = read_run_file(Path(run_path), 1)
    backbone = load_backbone(run, Path(backbone_path), CPU, 1, False)
    head = create_head(run).eval()
    load_head(Path(head_path), run, head)
    found: list[float] = []
    for chunk in chunks_of(find_shards(run, [shards]), run.config, Reading(0, 1, False, "held-out"), 0, 1, 0):
        with torch.no_grad():
            rows = head.head_input(backbone(pixels_of(chunk, CPU)))
            found += head(rows, torch.ones(len(rows))).exp().tolist()
        if len(found) >= int(count):
            break
    save_file({"kappa": torch.tensor(found[: int(count)])}, out)


def checkpoint(run_path: str, path: str, rows_path: str, out: str) -> None:
    """
    Log kappa of given rows [n, inputs] by the head of the studio's checkpoint: as this program goes
    on from it, and as a stranger takes its published arrays.
    """
    run, rows = read_run_file(Path(run_path), 1), load_file(rows_path)["rows"]
    height, width, channels = run.conv_shape
    ours, theirs = create_head(run).eval(), create_head(run).eval()
    if len(ours.input_shape) == 3:
        rows = rows.reshape(-1, height, width, channels).permute(0, 3, 1, 2)
    resume(Path(path), run, ours, torch.optim.Adam(ours.parameters()))
    theirs.load_state_dict(torch.load(path, weights_only=True)["uncer_net_state_dict"])
    with torch.no_grad():
        mask = torch.ones(len(rows))
        save_file({"resumed": ours(rows, mask), "published": theirs(rows, mask)}, out)


def features(run_path: str, weights: str, pixels: str, out: str) -> None:
    """Embedding and conv feature of given pictures [n, 112, 112, 3], by the program's reading of an IR network."""
    run = read_run_file(Path(run_path), 1)
    pictures = load_file(pixels)["pixels"].reshape(-1, 112, 112, 3).permute(0, 3, 1, 2).float()
    embedding, feature = load_backbone(run, Path(weights), CPU, 1, False)(pictures)
    save_file({"embedding": embedding.contiguous(), "feature": feature.contiguous()}, out)


def tags(folder: str, out: str) -> None:
    """What TensorBoard's own reader finds in a run's folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(folder)
    events.Reload()
    losses = [event.value for event in events.Scalars("total_loss")]
    Path(out).write_text(json.dumps({"scalars": events.Tags()["scalars"], "histograms": events.Tags()["histograms"], "steps": len(losses), "finite": bool(np.isfinite(losses).all())}))


if sys.argv[1] == "torchrun":
    from torch.distributed.run import main

    main(sys.argv[2:])
else:
    asked = {"kappa": kappa, "checkpoint": checkpoint, "features": features, "tags": tags}
    asked[sys.argv[1]](*sys.argv[2:])
