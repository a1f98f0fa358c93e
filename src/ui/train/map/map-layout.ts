import type { FaceMapState } from './face-map-slice';

/** Pixels between the map's pictures and the edge of its canvas. */
const MARGIN = 26;

/** Where a map's pictures stand on a canvas. */
export interface MapLayout {
  /** [2 · pictures], in CSS pixels. */
  readonly points: Float32Array;
  /** Class centres by label, in CSS pixels; empty until they are known. */
  readonly centres: ReadonlyMap<number, readonly [number, number]>;
}

/**
 * Fits a map into a canvas. Both axes have one scale, so that distances can be compared.
 * @param width in CSS pixels
 * @param height in CSS pixels
 */
export function mapLayout(
  { positions, centres }: Pick<FaceMapState, 'positions' | 'centres'>,
  width: number,
  height: number,
): MapLayout {
  const [left, right] = extent(positions, 0);
  const [bottom, top] = extent(positions, 1);
  const room = (pixels: number, length: number) =>
    length > 0 ? Math.max(1, pixels - 2 * MARGIN) / length : Infinity;
  const fitted = Math.min(room(width, right - left), room(height, top - bottom));
  const scale = Number.isFinite(fitted) ? fitted : 1;
  const [middleX, middleY] = [(left + right) / 2, (bottom + top) / 2];
  const placed = (x: number, y: number): [number, number] => [
    width / 2 + (x - middleX) * scale,
    height / 2 - (y - middleY) * scale,
  ];
  const points = new Float32Array(positions.length);
  for (let at = 0; at < positions.length; at += 2)
    points.set(placed(positions[at]!, positions[at + 1]!), at);
  return {
    points,
    centres: new Map([...(centres ?? [])].map(([label, [x, y]]) => [label, placed(x, y)])),
  };
}

/**
 * The picture nearest to a place.
 * @param reach in pixels: further ones don't count
 * @returns its index; null if none is near
 */
export function nearestPicture(
  points: Float32Array,
  x: number,
  y: number,
  reach: number,
): number | null {
  let nearest: number | null = null;
  let least = reach * reach;
  for (let at = 0; at < points.length; at += 2) {
    const distance = (points[at]! - x) ** 2 + (points[at + 1]! - y) ** 2;
    if (distance > least) continue;
    least = distance;
    nearest = at / 2;
  }
  return nearest;
}

function extent(positions: Float32Array, first: 0 | 1): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (let at = first; at < positions.length; at += 2) {
    least = Math.min(least, positions[at]!);
    most = Math.max(most, positions[at]!);
  }
  return most >= least ? [least, most] : [0, 0];
}
