import { fitCalibration } from '../../confidence/calibration';
import { methodNames, type Calibration, type MethodName } from '../../confidence/confidence-method';
import type { NamedArray } from '../../formats/safetensors/safetensors';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import { dot } from '../../core/vector';
import type { RunConfig } from '../config/run-config';
import type { PairDistributions } from '../session/run-events';
import { pairDistributions, type ValidationFaces } from '../session/validation';

/**
 * How a trained head scores its validation pairs. The text metadata of its file are made in
 * `head-file-metadata.ts`.
 */
export interface HeadMetadata {
  /** Fitted for `scf`, if there are genuine and impostor pairs; otherwise null. */
  readonly calibration: Calibration | null;
  /** Scores of the validation pairs by every method that the head serves. */
  readonly distributions: readonly PairDistributions[];
}

/** Calibrates a head on its validation pairs, and scores them by each method that it serves. */
export function scoreHead(
  held: ValidationFaces,
  { method, radius }: Pick<RunConfig, 'method' | 'radius'>,
  step: number,
): HeadMetadata {
  const calibration = method === 'scf' ? calibrate(held) : null;
  const names: MethodName[] = [
    method,
    ...(calibration ? (['scf-calibrated'] as const) : []),
    'cosine',
  ];
  return {
    calibration,
    distributions: pairDistributions(
      held,
      names,
      { radius, calibration: calibration ?? undefined },
      step,
    ),
  };
}

function calibrate({ faces, pairs }: ValidationFaces): Calibration | null {
  const pairOf =
    (same: boolean) =>
    ([a, b]: readonly [number, number]) => {
      const [first, second] = [faces[a]!, faces[b]!];
      return {
        kappa1: first.concentration[0]!,
        kappa2: second.concentration[0]!,
        cosTheta: dot(first.mu, second.mu),
        same,
      };
    };
  return fitCalibration(
    [...pairs.genuine.map(pairOf(true)), ...pairs.impostor.map(pairOf(false))],
    faces[0]?.mu.length ?? 0,
  );
}

/** Prefix of the arrays of scores in a head's file: `distribution.scf.genuine`. */
export const DISTRIBUTION = 'distribution.';

/** Converts distributions to arrays of a head's file. */
export function distributionArrays(
  distributions: readonly PairDistributions[],
): [string, NamedArray][] {
  return distributions.flatMap(({ method, genuine, impostor }) =>
    Object.entries({ genuine, impostor }).map(([kind, data]): [string, NamedArray] => [
      `${DISTRIBUTION}${method}.${kind}`,
      { dtype: 'F32', shape: [data.length], data },
    ]),
  );
}

/** Reads the distributions in a head's file, except incomplete ones and those with NaN. */
export async function readDistributions(
  file: TensorFile,
  step: number,
): Promise<PairDistributions[]> {
  const found: PairDistributions[] = [];
  for (const method of methodNames) {
    const names = ['genuine', 'impostor'].map((kind) => `${DISTRIBUTION}${method}.${kind}`);
    if (!names.every((name) => (file.entries.get(name)?.shape.length ?? 0) === 1)) continue;
    const [genuine, impostor] = (await Promise.all(names.map((name) => file.read(name)))) as [
      Float32Array,
      Float32Array,
    ];
    if ([genuine, impostor].every((scores) => scores.every(Number.isFinite)))
      found.push({ step, method, genuine, impostor });
  }
  return found;
}
