import { quantile } from '../../evaluation/distribution';
import type { HeadCollapse, ValidationResult } from './run-events';

/**
 * A κ or 1/σ² outside of these says nothing any more: it lies at the floor, or grows without end.
 */
const [MIN_KAPPA, MAX_KAPPA] = [1e-3, 1e7];
/** Share of pictures at a bound from which on the head counts as being there. */
const MAX_AT_BOUND = 0.9;
/** A spread of κ, relative to its median, that no two pictures would be told apart by. */
const MIN_SPREAD = 1e-3;
/** Relative changes of a loss below this are rounding. */
const MIN_CHANGE = 1e-7;
/** Fewer pictures can't show that ρ is above chance. */
const MIN_PICTURES = 50;
/**
 * One-sided 5 % point of a normal distribution; ρ of n unrelated pairs has a deviation of 1/√(n −
 * 1).
 */
const CHANCE = 1.645;

/**
 * Whether a validated head has collapsed: κ not finite, at a bound or the same for all pictures, a
 * loss that doesn't move, or a rank correlation with cos θ that unrelated numbers would have as
 * well.
 * @param first the first validation of the run, as far as it is known; null where the learning rate
 * has since fallen so far that a loss that stays is no wonder
 * @returns null for a head that knows something
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
  if (share((value) => value < MIN_KAPPA) >= MAX_AT_BOUND) {
    return collapse('at-bound', `κ has fallen to ${quantile(kappa, 0.5).toPrecision(2)}`);
  }
  if (share((value) => value > MAX_KAPPA) >= MAX_AT_BOUND) {
    return collapse('at-bound', `κ has grown to ${quantile(kappa, 0.5).toPrecision(2)}`);
  }
  const [low, middle, high] = [0.05, 0.5, 0.95].map((at) => quantile(kappa, at)) as [
    number,
    number,
    number,
  ];
  if (kappa.length > 1 && high - low < MIN_SPREAD * middle) {
    return collapse('constant', `κ is ${middle.toPrecision(4)} for every picture`);
  }
  const chance = CHANCE / Math.sqrt(Math.max(1, images - 1));
  if (spearman !== null && spearman >= chance) return null;
  const rho = spearman === null ? 'undefined' : spearman.toFixed(3);
  const isUnmoved =
    first !== null &&
    first.step < step &&
    Math.abs(loss - first.loss) <= MIN_CHANGE * Math.abs(loss);
  if (isUnmoved)
    return collapse('unmoved', `The validation loss stays at ${loss.toFixed(3)}, ρ is ${rho}`);
  if (images < MIN_PICTURES) return null;
  const expected = `of ${images} pictures without any relation it would be up to ${chance.toFixed(3)}`;
  return collapse('chance', `ρ between κ and cos θ is ${rho}; ${expected}`);
}

/**
 * What is to be said of the head of a run that diverged: it may never have been validated.
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

const LOWER = 'Start again with a tenth of the learning rate, or set maxGradNorm to 10';

const NEXT_STEPS: Readonly<Record<HeadCollapse['kind'], string>> = {
  'not-finite': `${LOWER}.`,
  'at-bound': `${LOWER}; check that the class centres are those of these labels.`,
  constant: `${LOWER}; check how the backbone is fed.`,
  unmoved: `${LOWER}; raise it where it is below 1e-5.`,
  chance:
    'Train for longer, add poorer pictures (augmentation), or check labels and how the ' +
    'backbone is fed.',
};
