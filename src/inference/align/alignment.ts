/**
 * Which pictures are aligned before they are read: `auto` all but those of 112 × 112, which are
 * taken for aligned crops; `always` all; `none` takes all for crops.
 */
export type Align = 'auto' | 'always' | 'none';
export const alignWays: readonly Align[] = ['auto', 'always', 'none'];

/** What a look at some pictures that are taken for aligned crops says of them. Plain data. */
export interface AlignmentSample {
  /** Pictures looked at, and those of them in which a face was found. */
  readonly looked: number;
  readonly found: number;
  /** Pixels of a crop between where faces lie and where aligned crops have them; the median. */
  readonly apart: number;
  readonly aligned: boolean;
  /** How they are aligned where they aren't. */
  readonly remedy: Exclude<Align, 'none'>;
}

/** What is said of a set that isn't aligned; null of one that is. It is followed by a next step. */
export function alignmentWarning(sample: AlignmentSample | null): string | null {
  if (!sample || sample.aligned) return null;
  const { looked, found, apart } = sample;
  return (
    `The set doesn't seem to be aligned: in ${found} of ${looked} pictures looked at a face was found, ` +
    `by the median ${apart.toFixed(0)} pixels of 112 from where aligned crops have it.`
  );
}
