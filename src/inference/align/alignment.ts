/**
 * Which pictures are aligned before they are read: `auto` all but those of 112 × 112, which are
 * taken for aligned crops; `always` all; `none` none, all are taken for aligned crops.
 */
export type AlignMode = 'auto' | 'always' | 'none';
export const alignModes: readonly AlignMode[] = ['auto', 'always', 'none'];

/** Whether a sample of pictures that are taken for aligned crops is aligned. Plain data. */
export interface AlignmentSample {
  /** Pictures in the sample (`looked`), and those in which a face was found (`found`). */
  readonly looked: number;
  readonly found: number;
  /** Median distance, in pixels of a crop, of the faces from their place in an aligned crop. */
  readonly apart: number;
  readonly aligned: boolean;
  /** The setting of {@link AlignMode} that would align them. */
  readonly remedy: Exclude<AlignMode, 'none'>;
}

/** Warns of a set that isn't aligned; null if it is. The caller adds a next step. */
export function alignmentWarning(sample: AlignmentSample | null): string | null {
  if (!sample || sample.aligned) return null;
  const { looked, found, apart } = sample;
  return (
    `The set doesn't seem to be aligned: in ${found} of ${looked} pictures looked at, a face was ` +
    `found; its median distance from the place in an aligned crop is ` +
    `${apart.toFixed(0)} pixels of 112.`
  );
}
