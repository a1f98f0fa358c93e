import { similarity, TEMPLATE, type Point } from '../../faces/similarity-transform';

/** How far outside a picture a point of a face may lie, as a share of the picture's longer side. */
const MAX_OUTSIDE = 0.1;
/**
 * Pixels of an aligned crop from the template, by the root of the mean square: profiles stay below.
 */
const MAX_UNLIKE = 18;
/** Width of a row of points across its length, below which they lie on a line. */
const MIN_WIDTH = 0.05;

/**
 * What is wrong with five points that somebody else's detector gave: those that a face can't have
 * are warped to garbage, or to nothing.
 * @param points eyes, nose tip and mouth corners in pixels of the picture
 * @returns completes "its points …"; null where they may be a face's
 */
export function pointsTrouble(
  points: readonly Point[],
  { width, height }: { readonly width: number; readonly height: number },
): string | null {
  if (points.length !== TEMPLATE.length) return `are ${points.length}, not ${TEMPLATE.length}`;
  if (points.some(([x, y]) => !Number.isFinite(x) || !Number.isFinite(y))) return 'are no numbers';
  if (points.some(([x, y]) => x === -1 && y === -1)) return 'are −1, which stands for none';
  const same = points.some(([x, y], i) => points.slice(0, i).some(([u, v]) => x === u && y === v));
  if (same) return 'are the same twice';
  const margin = MAX_OUTSIDE * Math.max(width, height);
  const outside = points.find(
    ([x, y]) => x < -margin || y < -margin || x > width - 1 + margin || y > height - 1 + margin,
  );
  if (outside) {
    const [x, y] = outside.map((value) => value.toFixed(0));
    return `lie outside the picture: (${x}, ${y}) in ${width} × ${height}`;
  }
  if (widthOf(points) < MIN_WIDTH) return 'lie on a line';
  if (!(distanceToTemplate(points) <= MAX_UNLIKE)) return 'don’t lie as those of a face do';
  return null;
}

/** Of a cloud of points, its least spread over its largest: 0 on a line, 1 for a circle. */
function widthOf(points: readonly Point[]): number {
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of points) {
    xx += (x - mx) ** 2;
    xy += (x - mx) * (y - my);
    yy += (y - my) ** 2;
  }
  const [middle, half] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  return Math.sqrt(Math.max(0, middle - half) / (middle + half));
}

/** How far the points, moved, scaled and turned to the template, stay from it. */
function distanceToTemplate(points: readonly Point[]): number {
  const { a, b, tx, ty } = similarity(points, TEMPLATE);
  const squares = points.map(([x, y], i) => {
    const [u, v] = TEMPLATE[i]!;
    return (a * x - b * y + tx - u) ** 2 + (b * x + a * y + ty - v) ** 2;
  });
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}
