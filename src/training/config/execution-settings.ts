import type { RunConfig } from './run-config';

/**
 * Settings that say how a run is carried out and change nothing of what it learns, each with the
 * reason. A saved run goes on with other values of these. Every setting that isn't listed, a new
 * one included, makes another run; `epochs` has a rule of its own.
 */
export const executionSettings = {
  preset: 'a name for where the other settings began; they are compared one by one',
  backbone: 'an address; the weights behind it are compared by their hash',
  microBatch: 'the gradients of slices are added up to those of the whole batch',
  numWorkers: 'pictures come in the same order from however many decoders',
  checkpointEvery: 'a checkpoint reads the weights and leaves them as they are',
  validateEvery: 'the schedule goes by the validations that end epochs alone',
  tensorboard: 'event files are written beside the run',
} as const satisfies Partial<Record<keyof RunConfig, string>>;

/** Whether a setting says only how a run is carried out. */
export const isExecution = (name: keyof RunConfig): boolean =>
  Object.hasOwn(executionSettings, name);
