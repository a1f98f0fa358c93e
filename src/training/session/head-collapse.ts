import { quantile } from '../../evaluation/distribution';
import type { HeadCollapse, ValidationResult } from './run-events';

/** A κ or 1/σ² below this is at the floor. */
const MIN_KAPPA = 1e-3;
/** A κ or 1/σ² above this grows without bound. */
const MAX_KAPPA = 1e7;
/** Share of pictures at a bound, from which on the head counts as collapsed. */
const COLLAPSED_SHARE = 0.9;
/** Minimum spread of κ (95 % − 5 % quantile) relative to its median: less is a constant. */
const MIN_SPREAD = 1e-3;
/** Relative changes of a loss up to this are rounding. */
const MIN_CHANGE = 1e-7;
/** Fewer pictures can't show that ρ is above chance. */
const MIN_PICTURES = 50;
/**
 * One-sided 5 % point of a normal distribution. ρ of n unrelated pairs has a standard deviation of
 * 1/√(n − 1).
 */
const CHANCE_QUANTILE = 1.645;

/**
 * Whether a validated head has collapsed: κ is not finite, at a bound or the same for all pictures;
 * the loss doesn't move; or the rank correlation with cos θ is no higher than chance.
 * @param first the first validation of the run; null if it isn't known, or if the learning rate has
 * become so small that a constant loss is expected
 * @returns null for a head that has learnt something
 */
export function collapseOf(
  { kappa, spearman, loss, step, images }: ValidationResult,
  first: Pick<ValidationResult, 'loss' | 'step'> | null,
): HeadCollapse | null {
  const odd = kappa.find((value) => !Number.isFinite(value));
  if (odd !== undefined || Number.isNaN(loss)) {
    return collapse('not-finite', `κ is ${odd ?? 'finite'} and the validation loss ${loss}`);
  }
  const share = (is: (value: number) => boolean) => kappa.filter(is).length / kappa.length;
  if (share((value) => value < MIN_KAPPA) >= COLLAPSED_SHARE) {
    return collapse('at-bound', `κ has fallen to ${quantile(kappa, 0.5).toPrecision(2)}`);
  }
  if (share((value) => value > MAX_KAPPA) >= COLLAPSED_SHARE) {
    return collapse('at-bound', `κ has grown to ${quantile(kappa, 0.5).toPrecision(2)}`);
  }
  const median = quantile(kappa, 0.5);
  const spread = quantile(kappa, 0.95) - quantile(kappa, 0.05);
  if (kappa.length > 1 && spread < MIN_SPREAD * median) {
    return collapse('constant', `κ is ${median.toPrecision(4)} for every picture`);
  }
  const chance = CHANCE_QUANTILE / Math.sqrt(Math.max(1, images - 1));
  if (spearman !== null && spearman >= chance) return null;
  const rho = spearman === null ? 'undefined' : spearman.toFixed(3);
  const isUnmoved =
    first !== null &&
    first.step < step &&
    Math.abs(loss - first.loss) <= MIN_CHANGE * Math.abs(loss);
  if (isUnmoved)
    return collapse('unmoved', `The validation loss stays at ${loss.toFixed(3)}, ρ is ${rho}`);
  if (images < MIN_PICTURES) return null;
  const expected = `unrelated numbers for ${images} pictures give up to ${chance.toFixed(3)}`;
  return collapse('chance', `ρ between κ and cos θ is ${rho}; ${expected}`);
}

/**
 * The collapse of a head whose run diverged. It may never have been validated.
 * @param steps that it was trained for
 */
export const collapseOfDiverged = (steps: number): HeadCollapse => ({
  kind: 'not-finite',
  message: `The head’s run diverged within ${steps} ${steps === 1 ? 'step' : 'steps'}.`,
  nextStep: NEXT_STEPS['not-finite'],
});

function collapse(kind: HeadCollapse['kind'], found: string): HeadCollapse {
  return {
    kind,
    message: `The head has not learnt to tell pictures apart: ${found}.`,
    nextStep: NEXT_STEPS[kind],
  };
}

const LOWER_RATE = 'Start again with a tenth of the learning rate, or set maxGradNorm to 10';

const NEXT_STEPS: Readonly<Record<HeadCollapse['kind'], string>> = {
  'not-finite': `${LOWER_RATE}.`,
  'at-bound': `${LOWER_RATE}; check that the class centres are those of these labels.`,
  constant: `${LOWER_RATE}; check how the backbone is fed.`,
  unmoved: `${LOWER_RATE}; raise it if it is below 1e-5.`,
  chance:
    'Train for longer, add poorer pictures (augmentation), or check labels and how the ' +
    'backbone is fed.',
};
