import type { FaceMapPart } from '../../../training/data/map/face-map';

/** The map of a run's embeddings, as far as it has come. Arrays are parallel. */
export interface FaceMapState {
  /** [2 · pictures]: coordinates in the plane. */
  readonly positions: Float32Array;
  readonly labels: Int32Array;
  /** Places among the source's records, from 1. */
  readonly places: Int32Array;
  /** Thumbnails, 28 × 28 RGBA, by index in the map. */
  readonly thumbnails: ReadonlyMap<number, Uint8ClampedArray>;
  /** Pictures that the axes were fitted to. */
  readonly fitted: number;
  /** The share of variance that the plane holds, 0..1. */
  readonly share: number;
  /** Pictures that were embedded by now. */
  readonly seen: number;
  /** Class centres by label; null until they are known. */
  readonly centres: ReadonlyMap<number, readonly [number, number]> | null;
}

/**
 * The map with another part of it. A part that doesn't follow what is there is left out: this tab
 * has begun to watch in the middle, and gets the whole with the next fit of the axes.
 */
export function faceMapReducer(
  { from, thumbnails, centres, ...part }: FaceMapPart,
  before: FaceMapState | null,
): FaceMapState | null {
  const count = before?.labels.length ?? 0;
  if (from > 0 && from !== count) return before;
  const kept = from === 0 ? null : before;
  return {
    positions: joined(Float32Array, kept?.positions, part.positions),
    labels: joined(Int32Array, kept?.labels, part.labels),
    places: joined(Int32Array, kept?.places, part.places),
    thumbnails: withThumbnails(before?.thumbnails, thumbnails),
    fitted: part.fitted,
    share: part.share,
    seen: part.seen,
    centres: centres && centresByLabel(centres),
  };
}

function joined<T extends Float32Array | Int32Array>(
  Kind: new (length: number) => T,
  before: T | undefined,
  added: T,
): T {
  if (!before) return added;
  const all = new Kind(before.length + added.length);
  all.set(before);
  all.set(added, before.length);
  return all;
}

function withThumbnails(
  before: FaceMapState['thumbnails'] | undefined,
  { indices, pixels }: FaceMapPart['thumbnails'],
): FaceMapState['thumbnails'] {
  if (indices.length === 0) return before ?? new Map();
  const size = pixels.length / indices.length;
  const all = new Map(before);
  indices.forEach((index, at) => all.set(index, pixels.slice(at * size, (at + 1) * size)));
  return all;
}

function centresByLabel({
  labels,
  positions,
}: NonNullable<FaceMapPart['centres']>): NonNullable<FaceMapState['centres']> {
  return new Map(
    Array.from(labels, (label, at) => [label, [positions[2 * at]!, positions[2 * at + 1]!]]),
  );
}
