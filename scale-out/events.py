"""TensorBoard event files under the names of the published code, as the studio's own have them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

from loss import Validation
from run_file import RunConfig

# Tags that the HPARAMS tab compares runs by.
_METRICS = ("val/loss", "val/spearman", "total_loss", "kappa")


class EventLog:
    """One event file of a run, or of its continuation."""

    def __init__(self, folder: Path, config: RunConfig, step: int) -> None:
        self._writer = SummaryWriter(str(folder), purge_step=step + 1 if step > 0 else None)
        settings = {name: value for name, value in config.raw.items() if isinstance(value, (bool, int, float, str))}
        for summary in hparams(settings, dict.fromkeys(_METRICS, 0.0)):
            # The writer's own way puts them into a folder of their own.
            self._writer._get_file_writer().add_summary(summary)

    def step(self, step: int, figures: dict[str, float]) -> None:
        """Scalars of one optimiser step, means over the whole batch."""
        for tag, value in figures.items():
            self._writer.add_scalar(tag, value, step)

    def validation(self, step: int, result: Validation, kappa: np.ndarray) -> None:
        """The figures of a validation, and how kappa is spread."""
        self._writer.add_scalar("val/loss", result.loss, step)
        if result.spearman is not None:
            self._writer.add_scalar("val/spearman", result.spearman, step)
        self._writer.add_histogram("kappa_hist", kappa, step)
        self._writer.flush()

    def close(self) -> None:
        """Ends the file."""
        self._writer.close()
