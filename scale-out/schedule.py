"""How the learning rate moves between epochs: PyTorch's StepLR and ReduceLROnPlateau, as plain state that a checkpoint keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace

from run_file import RunConfig

# ReduceLROnPlateau's relative `threshold` for "better", and its `eps`: a drop no larger than that isn't made.
_THRESHOLD = 1e-4
_LEAST_DROP = 1e-8


@dataclass(frozen=True)
class ScheduleState:
    """A schedule's memory. `best` and `bad_epochs` are ReduceLROnPlateau's only."""

    learning_rate: float
    best: float | None = None
    bad_epochs: int = 0


def initial_schedule(config: RunConfig, epochs_done: int = 0) -> ScheduleState:
    """The state before the first epoch; or, for StepLR, after so many."""
    drops = epochs_done // config.stepSize if config.schedule == "StepLR" else 0
    return ScheduleState(config.learningRate * config.gamma**drops)


def next_schedule(state: ScheduleState, config: RunConfig, epochs_done: int, validation_loss: float) -> ScheduleState:
    """The state after an epoch, as `scheduler.step()` leaves it; a plateau is judged by the validation loss."""
    if config.schedule == "StepLR":
        return initial_schedule(config, epochs_done)
    if state.best is None or validation_loss < state.best * (1 - _THRESHOLD):
        return replace(state, best=validation_loss, bad_epochs=0)
    if state.bad_epochs + 1 <= config.stepSize:
        return replace(state, bad_epochs=state.bad_epochs + 1)
    lower = state.learning_rate * config.gamma
    return replace(state, learning_rate=lower if state.learning_rate - lower > _LEAST_DROP else state.learning_rate, bad_epochs=0)
