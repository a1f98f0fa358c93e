"""The three confidence heads, the loss and Adam in PyTorch, held against what the studio made of the same numbers.

    python heads.py FOLDER          for each case of FOLDER/cases.json
    python heads.py FOLDER full     the published head at its full size

A case lies in FOLDER/NAME: `start.pt` and `studio5.pt` are the studio's checkpoints before the first step and after five, and
`batches.safetensors` holds `input` [steps, B, n] as the studio feeds it (conv features flattened h, w, c) and `cos` [steps, B].
Written beside them: `torch5.pt`, PyTorch's own checkpoint after five steps as the published code saves it, and
`torch.safetensors` with losses (less the constant), gradients and weights. Bessel functions are scipy's, in float64.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from scipy.special import ive
from torch import nn

LIMIT = 1e-6


class Floored(nn.Module):
    """The last line of each published head: log(1e-6 + e^x)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.log(LIMIT + torch.exp(x))[:, 0]


class UncertaintyNet(Floored):
    """The published head: it flattens c, h, w."""

    def __init__(self, shape: list[int]) -> None:
        super().__init__()
        self.shape = shape
        size = shape[0] * shape[1] * shape[2]
        self._log_kappa = three_layers(size)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return super().forward(self._log_kappa(to_nchw(rows, self.shape).flatten(1)))


class UncertaintyNetConv(Floored):
    """TFace's head."""

    def __init__(self, shape: list[int]) -> None:
        super().__init__()
        self.shape = shape
        width = shape[2]
        conv = lambda: nn.Conv2d(width, width, 3, bias=False)  # noqa: E731
        self.conv_ = nn.Sequential(conv(), nn.ReLU(), conv(), nn.BatchNorm2d(width), nn.ReLU(), conv(), nn.BatchNorm2d(width), nn.AdaptiveAvgPool2d(1))
        self._log_kappa = three_layers(width)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return super().forward(self._log_kappa(self.conv_(to_nchw(rows, self.shape)).flatten(1)))


class Compact(Floored):
    """The studio's own."""

    def __init__(self, shape: list[int]) -> None:
        super().__init__()
        self.hidden = nn.Linear(2 * shape[2] + 1, 128)
        self.out = nn.Linear(128, 1)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return super().forward(self.out(torch.relu(self.hidden(rows))))


HEADS = {"reference": UncertaintyNet, "tface-conv": UncertaintyNetConv, "compact": Compact}


def three_layers(size: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(size, size // 2), nn.ReLU(), nn.Linear(size // 2, size // 4), nn.ReLU(), nn.Linear(size // 4, 1))


def to_nchw(rows: torch.Tensor, shape: list[int]) -> torch.Tensor:
    return rows.view(-1, *shape).permute(0, 3, 1, 2)


class ScaledBessel(torch.autograd.Function):
    """I_v(x) e^-x and its derivative by the recurrences of I_v."""

    @staticmethod
    def forward(ctx, v: float, x: torch.Tensor) -> torch.Tensor:
        ctx.v = v
        ctx.save_for_backward(x)
        return torch.from_numpy(ive(v, x.detach().numpy()))

    @staticmethod
    def backward(ctx, slope: torch.Tensor) -> tuple[None, torch.Tensor]:
        (x,) = ctx.saved_tensors
        at = x.detach().numpy()
        return None, slope * torch.from_numpy(ive(ctx.v - 1, at) - ive(ctx.v, at) * (ctx.v + at) / at)


def loss(mode: str, dimension: int, log_kappa: torch.Tensor, cos: torch.Tensor) -> torch.Tensor:
    """The batch mean, less (d/2) log 2 pi + d log r."""
    v = dimension / 2 - 1
    guard = LIMIT if mode == "reference" else 0.0
    kappa = torch.exp(log_kappa.double())
    log_bessel = torch.log(guard + ScaledBessel.apply(v, kappa)) + kappa
    return (-kappa * cos.double() - v * torch.log(guard + kappa) + log_bessel).mean()


class Run:
    """A head, Adam and StepLR as the published code has them. An epoch is one step here."""

    def __init__(self, case: dict, checkpoint: Path) -> None:
        self.case = case
        self.head = HEADS[case["head"]](case["convShape"]).train()
        self.optimiser = torch.optim.Adam(self.head.parameters(), lr=case["lr"], weight_decay=case["weightDecay"])
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimiser, step_size=case["stepSize"], gamma=case["gamma"])
        found = torch.load(checkpoint, weights_only=True)
        self.head.load_state_dict(found["uncer_net_state_dict"], strict=True)
        self.optimiser.load_state_dict(found["opt_state"])
        self.epoch = self.scheduler.last_epoch = found["epoch"]
        self.steps = found["global_step"]
        self.losses: list[float] = []

    def differentiate(self, batches: dict[str, torch.Tensor]) -> None:
        self.optimiser.zero_grad()
        value = loss(self.case["mode"], self.case["dimension"], self.head(batches["input"][self.steps]), batches["cos"][self.steps])
        value.backward()
        self.losses.append(value.item())

    def train(self, batches: dict[str, torch.Tensor], until: int) -> None:
        while self.steps < until:
            self.differentiate(batches)
            self.optimiser.step()
            self.scheduler.step()
            self.steps += 1
            self.epoch += 1

    def save(self, path: Path) -> None:
        state = {"epoch": self.epoch, "global_step": self.steps, "uncer_net_state_dict": self.head.state_dict(), "opt_state": self.optimiser.state_dict()}
        torch.save(state, path)

    def arrays(self, stem: str) -> dict[str, torch.Tensor]:
        weights = {f"{stem}.{name}": value.detach().float().clone() for name, value in self.head.state_dict().items() if not name.endswith("tracked")}
        return {**weights, f"{stem}.losses": torch.tensor(self.losses)}


def check(folder: Path, case: dict) -> None:
    batches = load_file(folder / "batches.safetensors")
    start = Run(case, folder / "start.pt")
    start.differentiate(batches)
    found = {f"gradient.{name}": value.grad.clone() for name, value in start.head.named_parameters()}
    whole = Run(case, folder / "start.pt")
    whole.train(batches, 5)
    whole.save(folder / "torch5.pt")
    whole.train(batches, 10)
    resumed = Run(case, folder / "studio5.pt")
    resumed.train(batches, 10)
    save_file({**found, **whole.arrays("whole"), **resumed.arrays("resumed")}, folder / "torch.safetensors")


def full(folder: Path) -> None:
    """The published head with 393 million parameters: a bare state dict, and log kappa of two rows fed h, w, c."""
    torch.manual_seed(3)
    shape = [7, 7, 512]
    head = UncertaintyNet(shape)
    rows = torch.randn(2, 7 * 7 * 512)
    with torch.no_grad():
        save_file({"rows": rows, "log_kappa": head(rows)}, folder / "full.safetensors")
    torch.save(head.state_dict(), folder / "full.pt")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    np.seterr(all="raise", under="ignore")
    if sys.argv[2:] == ["full"]:
        full(folder)
    else:
        for case in json.loads((folder / "cases.json").read_text()):
            check(folder / case["name"], case)
