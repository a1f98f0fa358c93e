import type { RunConfig } from './run-config';

/** A schedule's memory between epochs: what a checkpoint keeps. */
export interface ScheduleState {
  readonly learningRate: number;
  /** ReduceLROnPlateau only. */
  readonly best: number | null;
  readonly badEpochs: number;
}

/**
 * ReduceLROnPlateau's `threshold` for "better", relative, and its `eps`: a drop no larger than that
 * isn't made.
 */
const THRESHOLD = 1e-4;
const MIN_DROP = 1e-8;

/** The state before the first epoch. */
export function initialSchedule(config: RunConfig): ScheduleState {
  return { learningRate: config.learningRate, best: null, badEpochs: 0 };
}

/**
 * The state after an epoch, as `scheduler.step()` leaves it in PyTorch.
 * @param epochsDone epochs finished so far, ≥ 1
 * @param validationLoss what the plateau is judged by
 */
export function nextSchedule(
  state: ScheduleState,
  config: RunConfig,
  epochsDone: number,
  validationLoss: number,
): ScheduleState {
  switch (config.schedule) {
    case 'StepLR':
      return {
        ...state,
        learningRate:
          config.learningRate * config.gamma ** Math.floor(epochsDone / config.stepSize),
      };
    case 'ReduceLROnPlateau': {
      // Below zero this is PyTorch's laxer side too: a loss a little worse than the best still
      // counts as better.
      const better = validationLoss < (state.best ?? Infinity) * (1 - THRESHOLD);
      if (better) return { ...state, best: validationLoss, badEpochs: 0 };
      const badEpochs = state.badEpochs + 1;
      if (badEpochs <= config.stepSize) return { ...state, badEpochs };
      const lower = state.learningRate * config.gamma;
      return {
        ...state,
        learningRate: state.learningRate - lower > MIN_DROP ? lower : state.learningRate,
        badEpochs: 0,
      };
    }
    default:
      return config.schedule satisfies never;
  }
}
