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
  /**
   * Pictures whose five points are where an aligned crop has them; absent in evaluations that an
   * older studio saved.
   */
  readonly inPlace?: number;
  /**
   * Median distance, in pixels of a crop, of the faces from their place in an aligned crop; 0 if
   * none was found.
   */
  readonly apart: number;
  /** null if a face was found in too few pictures to tell. */
  readonly aligned: boolean | null;
  /** The setting of {@link AlignMode} that would align them. */
  readonly remedy: Exclude<AlignMode, 'none'>;
}

/** Says in a sentence whether the pictures are aligned, with the numbers that show it. */
export function alignmentSentence(sample: AlignmentSample): string {
  const { looked, found, inPlace, apart, aligned } = sample;
  const of = looked === 1 ? 'the one picture' : `${looked} pictures`;
  if (aligned === null)
    return (
      `Whether the faces are cut out and turned as the network expects can't be told: of ${of} ` +
      `looked at, ${found === 0 ? 'none shows' : `${found} show`} a face that the detector finds.`
    );
  const withFaces =
    found === looked ? `${of} looked at` : `the ${found} that show a face (of ${looked} looked at)`;
  const inTheirPlace =
    inPlace === undefined
      ? ''
      : `in ${inPlace} of ${withFaces}, eyes, nose and mouth are where the network ` +
        'expects them';
  if (aligned) return `These pictures are ready to use: ${inTheirPlace}.`;
  const where = inTheirPlace === '' ? '' : `${inTheirPlace}; `;
  return (
    `These are loose photographs: ${where}half of the faces lie ${apart.toFixed(0)} ` +
    'pixels or more from that place, in a crop of 112.'
  );
}

/** Warns of a set that isn't aligned; null if it is, or if it can't be told. */
export const alignmentWarning = (sample: AlignmentSample | null): string | null =>
  sample?.aligned === false ? alignmentSentence(sample) : null;
