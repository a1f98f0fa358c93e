"""Trains a confidence head from the studio's run file with DistributedDataParallel: `torchrun --standalone --nproc-per-node N train.py ...`."""

from __future__ import annotations

import argparse
import json
import math
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from time import monotonic

import numpy as np
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from backbone import load_backbone
from centres import load_centres
from checkpoints import Place, load_head, remove_older, resume, save_checkpoint, save_head
from data import find_shards
from events import EventLog
from features import Batch, FeatureRows, first_pass, kept_batches, streamed_batches
from head_start import fit_to_kept, fit_to_stream
from heads import create_head
from loss import Validation, VmfLoss, loss_parts, validation_of
from ranks import Ranks, start_ranks
from run_file import RunConfig, RunError, RunFile, read_run_file
from schedule import initial_schedule, next_schedule

# Rows that a validation takes at once.
_VALIDATION_ROWS = 256
HEAD_FILE = "head.safetensors"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    # Not --run, which torchrun takes for an abbreviation of an option of its own.
    parser.add_argument("--run-file", type=Path, required=True, help="the run file, exported from the studio")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, the head and event files")
    parser.add_argument("--shards", nargs="+", default=[], help="folder, manifest.json or pattern of WebDataset tars; else as the run file names them")
    parser.add_argument("--backbone", type=Path, help="the backbone's file; else beside the run file")
    parser.add_argument("--centres", type=Path, nargs="+", default=[], help="files of class centres; else beside the run file")
    parser.add_argument("--initial-head", type=Path, help="head.safetensors to start from, of the studio or of this program")
    parser.add_argument("--resume", type=Path, help="ckpt_eN.pt to go on from")
    parser.add_argument("--workers", type=int, help="decode workers of each process; else the run file's numWorkers")
    parser.add_argument("--keep", type=int, default=3, help="checkpoints that are kept, the newest ones; 0 keeps all (default 3)")
    parser.add_argument("--amp", action="store_true", help="run a PyTorch backbone in half precision on CUDA")
    return parser.parse_args()


def train_step(model: DistributedDataParallel, optimiser: torch.optim.Optimizer, batch: Batch, config: RunConfig, ranks: Ranks) -> dict[str, float]:
    """
    One update by the mean over the batch of all processes, whatever part of it each has. Returns the batch's figures.

    Raises RunError when the loss is not finite.
    """
    at_once = min(config.microBatch or batch.largest, batch.largest)
    # As many pieces in every process: gradients meet at the last one, BatchNorm's figures at each.
    pieces = math.ceil(batch.largest / at_once)
    optimiser.zero_grad(set_to_none=True)
    sums = torch.zeros(5, dtype=torch.float64)
    for piece, (rows, cos_theta) in enumerate(zip(batch.rows.tensor_split(pieces), batch.cos_theta.tensor_split(pieces))):
        mask = torch.ones_like(cos_theta)
        if len(rows) == 0:
            # A process without pictures takes part with one that doesn't count.
            rows, cos_theta, mask = rows.new_zeros((1, *rows.shape[1:])), cos_theta.new_zeros(1), cos_theta.new_zeros(1)
        with nullcontext() if piece == pieces - 1 else model.no_sync():
            log_kappa = model(rows, mask)
            losses = VmfLoss.apply(log_kappa, cos_theta, config.objective, config.zDim, config.radius)
            # Gradients are averaged over processes: each counts its pictures as all of its share.
            ((losses * mask).sum() * (ranks.world / batch.count)).backward()
        with torch.no_grad():
            kappa = log_kappa.double().exp()
            parts = loss_parts(config.objective, config.zDim, config.radius, kappa, cos_theta)
            columns = torch.stack([losses, parts.alignment, parts.log_kappa, parts.log_bessel, kappa])
            sums += (columns * mask).sum(1).cpu()
    if config.maxGradClip > 0:
        torch.nn.utils.clip_grad_value_(model.parameters(), config.maxGradClip)
    if config.maxGradNorm > 0:
        torch.nn.utils.clip_grad_norm_(model.parameters(), config.maxGradNorm)
    optimiser.step()
    loss, alignment, log_kappa_part, log_bessel, kappa_mean = (ranks.total(sums) / batch.count).tolist()
    if not math.isfinite(loss):
        raise RunError(f"The loss became {loss}. Start again with a lower learning rate, or set maxGradNorm.")
    return {
        "kappa": kappa_mean,
        "total_loss": loss,
        "neg_kappa_times_cos_theta": alignment,
        "neg_dim_scalar_times_log_kappa": log_kappa_part,
        "log_iv_kappa": log_bessel,
        "lr": optimiser.param_groups[0]["lr"],
    }


@torch.no_grad()
def validate(model: DistributedDataParallel, rows: FeatureRows, config: RunConfig, ranks: Ranks) -> tuple[Validation, np.ndarray]:
    """Kappa of every held-out picture, each process its own, and the figures of all of them together."""
    head = model.module.eval()
    pieces = [each for each in rows.inputs.split(_VALIDATION_ROWS) if len(each) > 0]
    on_device = (each.to(ranks.device).float() for each in pieces)
    parts = [head(part, part.new_ones(len(part))) for part in on_device]
    own = torch.exp(torch.cat(parts)).float().cpu() if parts else torch.zeros(0)
    model.train()
    kappa = ranks.gather(own).numpy()
    cos_theta = ranks.gather(torch.from_numpy(rows.cos_theta)).numpy()
    labels = ranks.gather(torch.from_numpy(rows.labels)).numpy()
    return validation_of(config.objective, config.zDim, config.radius, kappa, cos_theta, labels), kappa


def _beside(run: RunFile, name: str) -> Path:
    """Where a file that the run file names is looked for: at that path from the run file, or right beside it."""
    plain = name.removeprefix("files:")
    where = run.path.parent / plain
    return where if where.is_file() else run.path.parent / Path(plain).name


def train(arguments: argparse.Namespace, ranks: Ranks) -> None:
    """The whole run. Raises RunError for what ends it."""
    run = read_run_file(arguments.run_file, ranks.world)
    config, out = run.config, arguments.out
    if arguments.resume is None and any(out.glob("ckpt_e*.pt")):
        raise RunError(f"{out} holds checkpoints of another run. Name another folder with --out, or go on from one of them with --resume.")
    # Made by all, so that none finds a folder that another has not made yet.
    out.mkdir(parents=True, exist_ok=True)
    workers = config.numWorkers if arguments.workers is None else arguments.workers
    shards = find_shards(run, arguments.shards)
    backbone = load_backbone(run, arguments.backbone or _beside(run, run.backbone_file), ranks.device, torch.get_num_threads(), arguments.amp)
    files = arguments.centres or [_beside(run, name) for name in run.centre_files]
    loaded = load_centres(files, config.zDim) if config.centres == "file" else None
    if config.centres == "growing":
        ranks.say("Class centres don't grow here: a first pass makes them.")
    head = create_head(run).to(ranks.device)
    optimiser = torch.optim.Adam(head.parameters(), lr=config.learningRate, weight_decay=config.weightDecay)
    place, schedule = Place(0, 0), initial_schedule(config)
    # A head that has learned goes by the statistics that it learned with.
    is_fresh = True
    if arguments.initial_head:
        is_fresh = load_head(arguments.initial_head, run, head) == 0
    if arguments.resume:
        place, schedule = resume(arguments.resume, run, head, optimiser)
        ranks.say(f"going on after epoch {place.epoch}, step {place.step}, learning rate {schedule.learning_rate:g}")
    data = first_pass(config, shards, backbone, head, loaded, ranks, workers)
    if is_fresh and place.step == 0 and config.features == "reuse":
        fit_to_kept(head, data.training, config, ranks)
    is_fitting = is_fresh and config.features == "stream"
    on_cuda = ranks.device.type == "cuda"
    model = DistributedDataParallel(head, device_ids=[ranks.device.index] if on_cuda else None, forward_sync_buffers=False, gradient_as_bucket_view=True)
    log = EventLog(out, config, place.step) if config.tensorboard and ranks.is_first else None

    def judge(step: int, epoch: int) -> Validation:
        result, kappa = validate(model, data.validation, config, ranks)
        correlation = "undefined" if result.spearman is None else f"{result.spearman:.4f}"
        ranks.say(f"epoch {epoch}, step {step}: validation loss {result.loss:.3f}, Spearman {correlation}")
        if log:
            log.validation(step, result, kappa)
        return result

    # A run that was finished before only has its head written again.
    validation = judge(place.step, place.epoch) if place.epoch >= config.epochs else None
    for epoch in range(place.epoch, config.epochs):
        started, images, step = monotonic(), 0, place.step
        for group in optimiser.param_groups:
            group["lr"] = schedule.learning_rate
        if config.features == "reuse":
            batches = kept_batches(data.training, config, epoch, ranks)
        else:
            batches = streamed_batches(shards, data.centres, backbone, head, config, epoch, ranks, workers)
        for batch in batches:
            if is_fitting:
                is_fitting = fit_to_stream(head, batch, step, config, ranks)
            figures = train_step(model, optimiser, batch, config, ranks)
            step, images = step + 1, images + batch.count
            if log:
                log.step(step, figures)
            if config.validateEvery > 0 and step % config.validateEvery == 0:
                judge(step, epoch + 1)
        if step == place.step:
            raise RunError(f"A whole epoch gave no batch of {config.batchSize} training pictures. Lower the batch size, or take more shards.")
        place = Place(epoch + 1, step)
        ranks.say(f"epoch {place.epoch}: {images} pictures, {images / (monotonic() - started):.0f} a second")
        validation = judge(place.step, place.epoch)
        schedule = next_schedule(schedule, config, place.epoch, validation.loss)
        if ranks.is_first:
            save_checkpoint(out, run, head, optimiser, place, schedule)
            save_head(out / HEAD_FILE, run, head, place, validation)
            remove_older(out, place.epoch, arguments.keep)
    if log:
        log.close()
    if validation and ranks.is_first:
        save_head(out / HEAD_FILE, run, head, place, validation)
        result = {"epochs": place.epoch, "steps": place.step, "processes": ranks.world, "validation": asdict(validation)}
        (out / "result.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    ranks.say(f"The head is in {out / HEAD_FILE}.")


def main() -> None:
    """Runs, and ends with a sentence where the run can't go on."""
    arguments = _arguments()
    ranks = start_ranks()
    try:
        train(arguments, ranks)
    except RunError as error:
        print(f"process {ranks.rank}: {error}", file=sys.stderr, flush=True)
        # Without a farewell to the group: the others may be waiting for this one, and torchrun ends them.
        sys.exit(1)
    dist.barrier(group=ranks.host)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
