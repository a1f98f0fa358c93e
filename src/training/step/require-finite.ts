import type { TrainedMethodName } from '../../confidence/confidence-method';
import { confidenceSymbols } from '../../confidence/methods';
import { StudioError } from '../../core/studio-error';

/**
 * The error for a head whose concentrations are not finite, or null if all are. A run with too
 * large a learning rate can reach an infinite κ while its loss is still finite.
 * @param when where in the run it was found: `after step 12`
 * @returns StudioError `diverged`
 */
export function notFinite(
  concentrations: Float32Array,
  method: TrainedMethodName,
  when: string,
): StudioError | null {
  const found = concentrations.find((value) => !Number.isFinite(value));
  if (found === undefined) return null;
  return new StudioError(
    'diverged',
    `${confidenceSymbols[method]} became ${found} ${when}; a finite number was expected.`,
    'Start again with a lower learning rate, or set maxGradNorm.',
  );
}

/**
 * Refuses concentrations that are not finite before a formula uses them.
 * @throws StudioError `diverged`, as {@link notFinite} makes it
 */
export function requireFinite(
  concentrations: Float32Array,
  method: TrainedMethodName,
  when: string,
): void {
  const error = notFinite(concentrations, method, when);
  if (error) throw error;
}
