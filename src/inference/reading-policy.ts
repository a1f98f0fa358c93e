/**
 * How a face is read, by name. One face read under two policies has two scores: a score is only
 * ever held against distributions and a threshold of its own policy.
 *
 * - `full`: two views, one of them mirrored; of a detected face at two zooms. What evaluation,
 *   Compare and the command line use
 * - `single`: one view, for the camera
 * - `ijb-published`: one view and its mirror image, as published evaluations of IJB and of `.bin`
 *   sets read them
 */
export const readingPolicyNames = ['full', 'single', 'ijb-published'] as const;
export type ReadingPolicy = (typeof readingPolicyNames)[number];

/** One look at a face. */
export interface FaceView {
  /**
   * Enlarges a detected face by this factor about the middle of its five points. An aligned crop is
   * taken as it is.
   */
  readonly zoom: number;
  /** Mirrored left to right. */
  readonly mirrored: boolean;
}

/**
 * The views of each policy. A face's direction is that of the sum of their embeddings, its κ the
 * geometric mean of theirs.
 *
 * `full`: a detected face is read a little smaller than on the template, and its mirror image a
 * little larger, so that errors of the points affect the sum of both less.
 */
export const policyViews: Readonly<Record<ReadingPolicy, readonly FaceView[]>> = {
  full: [
    { zoom: 1 / 1.06, mirrored: false },
    { zoom: 1 / 0.94, mirrored: true },
  ],
  single: [{ zoom: 1, mirrored: false }],
  'ijb-published': [
    { zoom: 1, mirrored: false },
    { zoom: 1, mirrored: true },
  ],
};

/** What a policy does, completing "read with …". */
export const policyWords: Readonly<Record<ReadingPolicy, string>> = {
  full: 'two views, one of them mirrored, of a detected face at two zooms',
  single: 'one view',
  'ijb-published': 'one view and its mirror image',
};
