/**
 * How much of each degradation a picture carries; every level runs from 0 (none) to 1 (the worst
 * the studio makes).
 */
export interface DegradationLevels {
  readonly blur: number;
  readonly resolution: number;
  readonly occlusion: number;
  readonly exposure: number;
  readonly noise: number;
  readonly jpeg: number;
}

/** No degradation at all. */
export const pristine: DegradationLevels = {
  blur: 0,
  resolution: 0,
  occlusion: 0,
  exposure: 0,
  noise: 0,
  jpeg: 0,
};

/**
 * One scalar in 0..1 for a chart's axis: 1 − Π(1 − levelᵢ), so that any one severe degradation
 * counts as severe.
 */
export function severity(levels: DegradationLevels): number {
  let kept = 1;
  for (const level of Object.values(levels) as number[]) kept *= 1 - level;
  return 1 - kept;
}

/** One labelled face crop as it lies in a shard: still compressed. */
export interface FaceRecord {
  /** The record's key in its shard, unique within a source. */
  readonly key: string;
  /** Identity index, as the source numbers it. */
  readonly label: number;
  /** Encoded picture (JPEG, or whatever the platform decodes). */
  readonly encoded: Uint8Array;
  /** Name of the shard it came from, for reports. */
  readonly shard: string;
  /**
   * Places of the epoch's order up to and with this one, damaged ones counted too; absent where
   * only records count.
   */
  readonly position?: number;
  /** True degradation of a synthetic picture, from `key.json`; absent where it isn't known. */
  readonly degradation?: DegradationLevels;
}

/** A decoded picture: packed RGB bytes, row-major, `data.length === width * height * 3`. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Side of an aligned face crop, in pixels. */
export const CROP_SIZE = 112;

/** Pixels of the largest picture that is decoded. */
export const MAX_PIXELS = 64e6;
