import type { TrainedMethodName } from '../../confidence/confidence-method';
import { confidenceSymbols } from '../../confidence/methods';
import { StudioError } from '../../core/studio-error';

/**
 * Why what a head says of faces is no number to go on with: a run whose steps are too large comes
 * to infinite κ while its loss may still be finite.
 * @param when where in the run it was found: `after step 12`
 * @returns StudioError `diverged`; null where all is finite
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
 * Refuses it before a formula meets it. @throws StudioError `diverged`, as {@link notFinite} has it
 */
export function requireFinite(
  concentrations: Float32Array,
  method: TrainedMethodName,
  when: string,
): void {
  const error = notFinite(concentrations, method, when);
  if (error) throw error;
}
