import {
  headOf,
  type Calibration,
  type MethodName,
  type TrainedMethodName,
} from '../../confidence/confidence-method';
import { createMethod } from '../../confidence/methods';
import type { MethodInUse } from '../../evaluation/evaluated-pairs';
import { StudioError } from '../../core/studio-error';
import type { ConfidenceHead } from '../../models/heads/confidence-head';

/** A trained head of an evaluation, with the method that it was trained by. */
export interface EvaluatedHead {
  readonly name: string;
  readonly head: ConfidenceHead;
  readonly method: TrainedMethodName;
  readonly radius: number;
  readonly calibration: Calibration | null;
}

/**
 * Creates a method and picks its head from those given. The method's `pairScore` (Eqn 13 for SCF)
 * and `pool` (Eqn 14) are called from `src/evaluation`.
 * @throws StudioError `bad-config` if its head or the head's calibration is missing
 */
export function methodInUse(name: MethodName, heads: readonly EvaluatedHead[]): MethodInUse {
  const wanted = headOf(name);
  if (wanted === null) return { method: createMethod(name, { radius: 1 }), head: null };
  const index = heads.findIndex(({ method }) => method === wanted);
  const head = heads[index];
  if (!head)
    throw new StudioError(
      'bad-config',
      `${name} needs a head that was trained by ${wanted}; there is none.`,
      'Name one with --head, or leave the method out.',
    );
  if (name === 'scf-calibrated' && !head.calibration) {
    throw new StudioError(
      'bad-config',
      `The head ${head.name} has no calibration.`,
      'Train it again with this studio, or leave scf-calibrated out.',
    );
  }
  return {
    method: createMethod(name, { radius: head.radius, calibration: head.calibration ?? undefined }),
    head: index,
  };
}

/** All methods that can run with these heads; cosine needs none. */
export function methodsOf(heads: readonly EvaluatedHead[]): MethodName[] {
  const served = heads.flatMap(({ method, calibration }): MethodName[] =>
    method === 'scf' && calibration ? ['scf', 'scf-calibrated'] : [method],
  );
  return ['cosine', ...served];
}
