/**
 * Level of each degradation of a picture, from 0 (none) to 1 (the strongest that the studio
 * produces).
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
 * A scalar in 0..1 for a chart's axis: 1 − Π(1 − levelᵢ), so that a single severe degradation
 * counts as severe.
 */
export function severity(levels: DegradationLevels): number {
  let intact = 1;
  for (const level of Object.values(levels) as number[]) intact *= 1 - level;
  return 1 - intact;
}

/** One labelled face crop as stored in a shard, still encoded. */
export interface FaceRecord {
  /** The record's key in its shard, unique within a source. */
  readonly key: string;
  /** Identity index in the source's numbering. */
  readonly label: number;
  /** Encoded picture: JPEG, or another format that is decoded. */
  readonly encoded: Uint8Array;
  /** Name of its shard, for reports. */
  readonly shard: string;
  /**
   * Number of places in the epoch's order up to and including this one, counting damaged records
   * too. Absent if the source counts only records.
   */
  readonly position?: number;
  /** True degradation of a synthetic picture, from `key.json`; absent if unknown. */
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

/** Largest number of pixels of a picture that is decoded. */
export const MAX_PIXELS = 64e6;
