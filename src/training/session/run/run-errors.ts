import { messageOf, StudioError } from '../../../core/studio-error';
import type { RunConfig } from '../../config/run-config';
import type { ValidationResult } from '../run-events';
import { tooFewNextStep } from '../too-few-pictures';

/**
 * The error for an epoch that can't be trained or validated on.
 * @param name of the source
 * @param steps that the run has taken
 */
export function emptyEpoch(
  name: string,
  steps: number,
  validation: ValidationResult | null,
  { batchSize }: RunConfig,
): StudioError {
  const images = validation?.images ?? 0;
  return new StudioError(
    'bad-source',
    `A whole epoch of ${name} gave ${steps} batches of training pictures and ${images} ` +
      'validation pictures; at least one of each is needed, of people with several pictures.',
    tooFewNextStep({ training: null, validation: images, needed: batchSize }),
  );
}

/** The notice for a trained head whose validation pictures can't be read as Compare reads them. */
export function missingReading(thrown: unknown): string {
  return (
    `The run is finished, but its validation pictures couldn't be read as Compare and the ` +
    `command line read faces (${messageOf(thrown).replace(/\.$/, '')}). Its head has no scores to hold ` +
    'theirs against. Resume the run when the pictures are there: it reads only these.'
  );
}

/** The error for a GPU that no longer lets its buffers be read. */
export function readbackFailed(cause: DOMException): StudioError {
  return new StudioError(
    'device-lost',
    `The GPU gave nothing back (${cause.message}).`,
    'Resume: the run goes on from its last checkpoint.',
    { cause },
  );
}
