import type { RunConfig } from './run-config';

/**
 * Settings that don't change what a run learns, each with the reason. A saved run can be resumed
 * with other values of these. Any other setting, including one that is added later, can't change
 * when a run is resumed; `epochs` has a rule of its own (see `compareRuns`).
 */
export const executionSettings = {
  preset: 'only names where the other settings started; they are compared one by one',
  backbone: 'an address; the weights behind it are compared by their hash',
  microBatch: 'the gradients of slices are added up to those of the whole batch',
  numWorkers: 'pictures come in the same order from however many decoders',
  checkpointEvery: 'a checkpoint reads the weights and leaves them as they are',
  validateEvery: 'the schedule goes by the validations that end epochs alone',
  fullReadings: 'pictures are read again after the last step',
  patience: 'decides when a run ends, and nothing before that',
  tensorboard: 'event files are written beside the run',
} as const satisfies Partial<Record<keyof RunConfig, string>>;

/** Whether a saved run can be resumed with another value of a setting. */
export const isExecution = (name: keyof RunConfig): boolean =>
  Object.hasOwn(executionSettings, name);
