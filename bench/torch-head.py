"""A step of the compact head in PyTorch, from features in memory: pictures a second for each batch size, as JSON."""

import json
import statistics
import sys
import time

import torch

INPUTS, HIDDEN, ORDER = 1025, 128, 255.0
PICTURES, WARM, COUNTED = 6400, 50, 400
FLOOR = 13.8155


def loss_of(kappa, cos_theta):
    """Exact SCF loss at d = 512 less its constant, by the uniform expansion of log I_v."""
    t = kappa / ORDER
    root = (1 + t * t).sqrt()
    p = 1 / root
    correction = torch.log1p((3 * p - 5 * p**3) / (24 * ORDER))
    return (kappa * (1 - cos_theta) + ORDER / (root + t) - ORDER * torch.log1p(root) - 0.5 * torch.log(root) + correction).mean()


def pictures_per_second(batch):
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Linear(INPUTS, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 1))
    optimiser = torch.optim.Adam(net.parameters(), lr=4e-3, weight_decay=0.03)
    features, cosines = torch.randn(PICTURES, INPUTS), torch.rand(PICTURES)
    seconds = []
    for _ in range(WARM + COUNTED):
        rows = torch.randint(0, PICTURES, (batch,))
        started = time.perf_counter()
        log_kappa = torch.nn.functional.softplus(net(features[rows]).squeeze(1) + FLOOR) - FLOOR
        loss = loss_of(log_kappa.exp(), cosines[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item()
        seconds.append(time.perf_counter() - started)
    return batch / statistics.median(seconds[WARM:])


torch.set_num_threads(int(sys.argv[1]))
print(json.dumps({"torch": torch.__version__, "picturesPerSecond": {size: pictures_per_second(int(size)) for size in sys.argv[2:]}}))
