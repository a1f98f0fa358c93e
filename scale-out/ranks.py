"""The processes of a run: who this one is, and what they tell each other."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Ranks:
    """This process among `world` of them. Gradients go through the device's own backend, everything else over gloo."""

    rank: int
    world: int
    device: torch.device
    host: dist.ProcessGroup

    @property
    def is_first(self) -> bool:
        """Of all processes one writes files and talks."""
        return self.rank == 0

    def say(self, text: str) -> None:
        """Prints a line, once for all processes."""
        if self.is_first:
            print(text, flush=True)

    def gather(self, rows: Tensor) -> Tensor:
        """Rows of all processes, in the order of ranks; each may have another number of them. CPU tensors of one dtype and width."""
        if self.world == 1:
            return rows
        counts = [torch.zeros(1, dtype=torch.int64) for _ in range(self.world)]
        dist.all_gather(counts, torch.tensor([rows.shape[0]]), group=self.host)
        sizes = [int(count) for count in counts]
        padded = torch.zeros((max(sizes), *rows.shape[1:]), dtype=rows.dtype)
        padded[: rows.shape[0]] = rows
        parts = [torch.empty_like(padded) for _ in range(self.world)]
        dist.all_gather(parts, padded, group=self.host)
        return torch.cat([part[:size] for part, size in zip(parts, sizes)])

    def total(self, values: Tensor) -> Tensor:
        """Sums of CPU values over all processes."""
        summed = values.clone()
        if self.world > 1:
            dist.all_reduce(summed, group=self.host)
        return summed


def start_ranks() -> Ranks:
    """Joins the group that torchrun set up; alone where it didn't. NCCL on CUDA, gloo on the CPU."""
    world, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    local = int(os.environ.get("LOCAL_RANK", "0"))
    on_cuda = torch.cuda.is_available() and local < torch.cuda.device_count()
    device = torch.device("cuda", local) if on_cuda else torch.device("cpu")
    if on_cuda:
        torch.cuda.set_device(device)
    if "MASTER_ADDR" not in os.environ:
        # A group of one, which a single process without torchrun needs as well; nothing leaves the machine.
        dist.init_process_group("nccl" if on_cuda else "gloo", store=dist.HashStore(), rank=0, world_size=1)
    else:
        dist.init_process_group("nccl" if on_cuda else "gloo")
    return Ranks(rank=rank, world=world, device=device, host=dist.new_group(backend="gloo"))


class SumOverRanks(torch.autograd.Function):
    """A sum over all processes that gradients flow through: what each gives counts for all."""

    @staticmethod
    def forward(ctx, values: Tensor) -> Tensor:  # noqa: D102
        summed = values.clone()
        if dist.get_world_size() > 1:
            dist.all_reduce(summed)
        return summed

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:  # noqa: D102
        summed = gradient.clone()
        if dist.get_world_size() > 1:
            dist.all_reduce(summed)
        return summed
