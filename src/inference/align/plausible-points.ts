import { similarity, TEMPLATE, type Point } from '../../faces/similarity-transform';

/** How far outside the picture a point may lie, as a share of the picture's longer side. */
const MAX_OUTSIDE_SHARE = 0.1;
/**
 * Root mean square distance from the template after alignment, in pixels of the crop. Profiles stay
 * below this.
 */
const MAX_TEMPLATE_DISTANCE = 18;
/** Points with a smaller spread across than this share of their spread along lie on a line. */
const MIN_SPREAD_RATIO = 0.05;

/**
 * Checks five points of another detector. Points that no face can have would be warped to garbage,
 * or to nothing.
 * @param points eyes, nose tip and mouth corners in pixels of the picture
 * @returns the problem, completing "Its points …"; null if they may be those of a face
 */
export function problemWithPoints(
  points: readonly Point[],
  { width, height }: { readonly width: number; readonly height: number },
): string | null {
  if (points.length !== TEMPLATE.length) return `are ${points.length}, not ${TEMPLATE.length}`;
  if (points.some(([x, y]) => !Number.isFinite(x) || !Number.isFinite(y)))
    return 'are not finite numbers';
  if (points.some(([x, y]) => x === -1 && y === -1)) return 'are −1, which stands for none';
  const hasDuplicate = points.some(([x, y], i) =>
    points.slice(0, i).some(([u, v]) => x === u && y === v),
  );
  if (hasDuplicate) return 'are not five different ones';
  const margin = MAX_OUTSIDE_SHARE * Math.max(width, height);
  const outside = points.find(
    ([x, y]) => x < -margin || y < -margin || x > width - 1 + margin || y > height - 1 + margin,
  );
  if (outside) {
    const [x, y] = outside.map((value) => value.toFixed(0));
    return `lie outside the picture: (${x}, ${y}) in ${width} × ${height}`;
  }
  if (spreadRatio(points) < MIN_SPREAD_RATIO) return 'lie on a line';
  if (!(distanceToTemplate(points) <= MAX_TEMPLATE_DISTANCE))
    return 'don’t form the shape of a face';
  return null;
}

/** The smallest spread of points over the largest: 0 on a line, 1 for a circle. */
function spreadRatio(points: readonly Point[]): number {
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

/** Root mean square distance of the points from the template, once aligned to it. */
function distanceToTemplate(points: readonly Point[]): number {
  const { a, b, tx, ty } = similarity(points, TEMPLATE);
  const squares = points.map(([x, y], i) => {
    const [u, v] = TEMPLATE[i]!;
    return (a * x - b * y + tx - u) ** 2 + (b * x + a * y + ty - v) ** 2;
  });
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}
