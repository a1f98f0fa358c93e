import { pristine, type DegradationLevels } from '../../../faces/face-record';
import type { SampleFace } from '../../../studio/protocol';

/** A sample to be put on a side, and how it is to be degraded. */
export interface PlannedPicture {
  readonly key: string;
  readonly levels: DegradationLevels;
}

/** Two sides to be compared, of samples only. */
export interface PairPlan {
  readonly a: readonly PlannedPicture[];
  readonly b: readonly PlannedPicture[];
}

/** A picture spoiled less than this counts as clean. */
const CLEAN = 0.05;
/** How spoiled the other picture of a telling pair is: enough to be doubted, not beyond doubt. */
const DOUBTFUL = 0.4;

/**
 * The pair that is shown first: two pictures of one person, one of them clean, the other spoiled so
 * far that it is doubted. Where nobody knows how spoiled pictures are, the first two of one person;
 * without such, the first two. null for fewer than two samples.
 */
export function tellingPair(samples: readonly SampleFace[]): PairPlan | null {
  const pairs = samples.flatMap((sample, i) => {
    const before = samples[i - 1];
    return before?.label === sample.label ? [[before, sample] as const] : [];
  });
  const telling = pairs
    .map(inOrder)
    .filter(([, clean]) => clean.severity !== null && clean.severity <= CLEAN)
    .sort((one, other) => doubtOf(one) - doubtOf(other));
  const [a, b] = telling[0] ?? pairs[0] ?? samples;
  return a && b ? { a: [planned(a)], b: [planned(b)] } : null;
}

type SamplePair = readonly [SampleFace, SampleFace];

/** The more spoiled one first. */
const inOrder = ([one, other]: SamplePair): SamplePair =>
  (one.severity ?? 0) >= (other.severity ?? 0) ? [one, other] : [other, one];

const doubtOf = ([spoiled]: SamplePair): number => Math.abs((spoiled.severity ?? 0) - DOUBTFUL);

const planned = ({ key }: SampleFace): PlannedPicture => ({ key, levels: pristine });
