/** A point in a plane. */
export type Point = readonly [number, number];

/** The five-point template of InsightFace for 112 × 112 crops: eyes, nose tip, mouth corners. */
export const TEMPLATE: readonly Point[] = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
];

/** Index of each point's counterpart in a mirror image: left and right are exchanged. */
export const MIRROR_ORDER = [1, 0, 2, 4, 3] as const;

/**
 * Where the template's points lie in a crop of this width whose mirror image is aligned. The
 * template isn't symmetric: a mirrored crop lies about a pixel beside it.
 */
export const mirroredTemplate = (width: number): readonly Point[] =>
  MIRROR_ORDER.map((i): Point => [width - 1 - TEMPLATE[i]![0], TEMPLATE[i]![1]]);

/** (x, y) ↦ (a·x − b·y + tx, b·x + a·y + ty). */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/** The similarity that maps `from` to `to` with the least squared error. */
export function similarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const mean = (points: readonly Point[], axis: 0 | 1) =>
    points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [fx, fy, gx, gy] = [mean(from, 0), mean(from, 1), mean(to, 0), mean(to, 1)];
  let along = 0;
  let across = 0;
  let spread = 0;
  from.forEach((point, i) => {
    const [x, y, u, v] = [point[0] - fx, point[1] - fy, to[i]![0] - gx, to[i]![1] - gy];
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  });
  const [a, b] = [along / spread, across / spread];
  return { a, b, tx: gx - a * fx + b * fy, ty: gy - b * fx - a * fy };
}
