/**
 * How a face is read, by name. One face read under two policies has two scores: a score is only
 * ever held against distributions and a threshold of its own policy.
 *
 * - `full`: the face and its mirror image, each aligned, so that a picture and its mirror image
 *   have one score. What evaluation, Compare and the command line use
 * - `single`: one view, for the camera
 * - `ijb-published`: the aligned crop and that crop mirrored, as published evaluations of IJB and
 *   of `.bin` sets read it
 *
 * Two zooms, one of them mirrored, were tried for `full`. On the 3,200 pairs of LFW's View 1 they
 * make as many errors as one zoom (21 by cosine; d′ 5.94 and 5.93), and of 40 photographs three had
 * a cosine below .98 to their own mirror image.
 */
export const readingPolicyNames = ['full', 'single', 'ijb-published'] as const;
export type ReadingPolicy = (typeof readingPolicyNames)[number];

/** One look at a face. */
export interface FaceView {
  /** Mirrored left to right. */
  readonly mirrored: boolean;
  /**
   * Whether the mirror image itself is aligned. The template isn't symmetric, so a mirrored crop
   * lies about a pixel beside it. An aligned crop is taken as it is.
   */
  readonly realigned: boolean;
}

/**
 * The views of each policy. A face's direction is that of the sum of their embeddings, its κ the
 * geometric mean of theirs.
 */
export const policyViews: Readonly<Record<ReadingPolicy, readonly FaceView[]>> = {
  full: [
    { mirrored: false, realigned: false },
    { mirrored: true, realigned: true },
  ],
  single: [{ mirrored: false, realigned: false }],
  'ijb-published': [
    { mirrored: false, realigned: false },
    { mirrored: true, realigned: false },
  ],
};

/** What a policy does, completing "read as …". */
export const policyWords: Readonly<Record<ReadingPolicy, string>> = {
  full: 'the face and its mirror image',
  single: 'one view',
  'ijb-published': 'the crop and the crop mirrored',
};
