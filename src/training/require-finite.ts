import type { TrainedMethodName } from '../confidence/confidence-method';
import { confidenceSymbols } from '../confidence/methods';
import { StudioError } from '../formats/studio-error';

/**
 * Refuses what a head says of faces where one of it is no finite number, before a formula meets
 * it: a run whose steps are too large comes to infinite κ while its loss may still be finite.
 * @param when where in the run it was found: `after step 12`
 * @throws StudioError `diverged`
 */
export function requireFinite(
  concentrations: Float32Array,
  method: TrainedMethodName,
  when: string,
): void {
  const found = concentrations.find((value) => !Number.isFinite(value));
  if (found === undefined) return;
  throw new StudioError(
    'diverged',
    `${confidenceSymbols[method]} became ${found} ${when}; a finite number was expected.`,
    'Start again with a lower learning rate, or set maxGradNorm.',
  );
}
