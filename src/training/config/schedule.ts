import type { RunConfig } from './run-config';

/** The state of a schedule between epochs, which a checkpoint keeps. */
export interface ScheduleState {
  readonly learningRate: number;
  /** The lowest validation loss so far. For ReduceLROnPlateau only, as `badEpochs` is. */
  readonly best: number | null;
  readonly badEpochs: number;
  /**
   * For `patience`: the lowest validation loss so far, and how many epochs ago it was. Absent
   * before the first epoch, and in runs without patience.
   */
  readonly lowest?: { readonly loss: number; readonly epochsAgo: number };
}

/** PyTorch's `threshold`: a loss is better if it is lower by this share. */
const THRESHOLD = 1e-4;
/** PyTorch's `eps`: a drop of the learning rate that isn't larger than this is not made. */
const MIN_DROP = 1e-8;

/** The state before the first epoch. */
export function initialSchedule(config: RunConfig): ScheduleState {
  return { learningRate: config.learningRate, best: null, badEpochs: 0 };
}

/**
 * The state after an epoch, as `scheduler.step()` leaves it in PyTorch.
 * @param epochsDone epochs finished so far, ≥ 1
 * @param validationLoss loss that ReduceLROnPlateau watches
 */
export function nextSchedule(
  state: ScheduleState,
  config: RunConfig,
  epochsDone: number,
  validationLoss: number,
): ScheduleState {
  const next = nextRate(state, config, epochsDone, validationLoss);
  // A method that learns from pairs has no loss if the held-out people have none.
  if (config.patience === 0 || !Number.isFinite(validationLoss)) return next;
  const { lowest } = state;
  const isLower = !lowest || validationLoss < lowest.loss - THRESHOLD * Math.abs(lowest.loss);
  return {
    ...next,
    lowest: isLower
      ? { loss: validationLoss, epochsAgo: 0 }
      : { ...lowest, epochsAgo: lowest.epochsAgo + 1 },
  };
}

/** Whether the validation loss has not fallen for as many epochs as the run has patience. */
export const isPatienceSpent = (
  { lowest }: ScheduleState,
  { patience }: Pick<RunConfig, 'patience'>,
): boolean => patience > 0 && lowest !== undefined && lowest.epochsAgo >= patience;

/** Whether a run has ended: by its last epoch, or because its patience is spent. */
export const hasEnded = (
  config: Pick<RunConfig, 'epochs' | 'patience'>,
  epochsDone: number,
  state: ScheduleState,
): boolean => epochsDone >= config.epochs || isPatienceSpent(state, config);

function nextRate(
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
      // As in PyTorch, for losses below zero a slightly worse loss counts as better.
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
