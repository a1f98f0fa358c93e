import type { RunConfig } from './run-config';

/** A schedule's memory between epochs: what a checkpoint keeps. */
export interface ScheduleState {
  readonly learningRate: number;
  /** ReduceLROnPlateau only. */
  readonly best: number | null;
  readonly badEpochs: number;
}

/** PyTorch's `threshold` for "better", relative. */
const THRESHOLD = 1e-4;

/** The state before the first epoch. */
export function initialSchedule(config: RunConfig): ScheduleState {
  return { learningRate: config.learningRate, best: null, badEpochs: 0 };
}

/**
 * The state after an epoch, as `scheduler.step()` leaves it in PyTorch.
 * @param epochsDone epochs finished so far, ≥ 1
 * @param validationLoss what the plateau is judged by
 */
export function nextSchedule(state: ScheduleState, config: RunConfig, epochsDone: number, validationLoss: number): ScheduleState {
  switch (config.schedule) {
    case 'StepLR':
      return { ...state, learningRate: config.learningRate * config.gamma ** Math.floor(epochsDone / config.stepSize) };
    case 'ReduceLROnPlateau': {
      // A negative loss makes PyTorch's relative threshold a laxer one; |best| keeps its sense.
      const better = state.best === null || validationLoss < state.best - THRESHOLD * Math.abs(state.best);
      if (better) return { ...state, best: validationLoss, badEpochs: 0 };
      const badEpochs = state.badEpochs + 1;
      if (badEpochs <= config.stepSize) return { ...state, badEpochs };
      return { ...state, learningRate: state.learningRate * config.gamma, badEpochs: 0 };
    }
    default:
      return config.schedule satisfies never;
  }
}
