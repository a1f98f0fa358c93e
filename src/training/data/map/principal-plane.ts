import { seededRandom } from '../../../core/seeded-random';

/** The plane through a cloud of points along which it spreads most. */
export interface PrincipalPlane {
  /** [dimension]: the mean of the points. */
  readonly mean: Float64Array;
  /** Two orthonormal directions, [dimension] each. */
  readonly axes: readonly [Float64Array, Float64Array];
  /** The share of all variance that the plane holds, 0..1. */
  readonly share: number;
}

/** Directions that are iterated together: two are wanted, the others speed up convergence. */
const BLOCK = 8;
const MAX_ITERATIONS = 40;
/** Ends once the variance in the plane grows by less than this share of itself. */
const TOLERANCE = 1e-5;

/**
 * The first two principal components, by subspace iteration in float64. The covariance matrix is
 * never made: an iteration takes 2 · count · dimension · 8 multiplications.
 * @param rows points of one dimension, two at least
 * @param before a plane of an earlier fit: the new axes are turned within their plane so that
 * points move as little as possible between the two maps
 */
export function principalPlane(
  rows: readonly ArrayLike<number>[],
  before: PrincipalPlane | null = null,
): PrincipalPlane {
  const dimension = rows[0]!.length;
  const mean = meanOf(rows, dimension);
  const centred = rows.map((row) => Float64Array.from(row, (value, i) => value - mean[i]!));
  const total = centred.reduce((sum, row) => sum + product(row, row), 0);
  let basis = firstBasis(dimension, before);
  let variances = new Float64Array(basis.length);
  let heldBefore = 0;
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const next = basis.map(() => new Float64Array(dimension));
    variances = new Float64Array(basis.length);
    for (const row of centred)
      basis.forEach((direction, at) => {
        const along = product(row, direction);
        variances[at]! += along * along;
        const sum = next[at]!;
        for (let i = 0; i < dimension; i++) sum[i]! += along * row[i]!;
      });
    const found = variances[0]! + (variances[1] ?? 0);
    basis = orthonormal(next, dimension);
    if (iteration > 2 && found - heldBefore <= TOLERANCE * found) break;
    heldBefore = found;
  }
  const axes: [Float64Array, Float64Array] = [basis[0]!, basis[1] ?? new Float64Array(dimension)];
  const held = variances[0]! + (variances[1] ?? 0);
  return {
    mean,
    axes: before ? turnedTo(before, axes) : axes,
    share: total > 0 ? Math.min(1, held / total) : 0,
  };
}

/** The coordinates of a point in a plane. */
export function inPlane(
  point: ArrayLike<number>,
  { mean, axes }: PrincipalPlane,
): [number, number] {
  let [x, y] = [0, 0];
  for (let i = 0; i < mean.length; i++) {
    const value = point[i]! - mean[i]!;
    x += value * axes[0][i]!;
    y += value * axes[1][i]!;
  }
  return [x, y];
}

function meanOf(rows: readonly ArrayLike<number>[], dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  for (const row of rows) for (let i = 0; i < dimension; i++) mean[i]! += row[i]! / rows.length;
  return mean;
}

function firstBasis(dimension: number, before: PrincipalPlane | null): Float64Array[] {
  const random = seededRandom(dimension);
  const drawn = Array.from({ length: Math.min(BLOCK, dimension) }, () =>
    Float64Array.from({ length: dimension }, () => random.next() - 0.5),
  );
  return orthonormal(before ? [...before.axes, ...drawn].slice(0, drawn.length) : drawn, dimension);
}

/**
 * Gram and Schmidt, twice for precision. A direction that the others span already becomes zero.
 */
function orthonormal(directions: readonly Float64Array[], dimension: number): Float64Array[] {
  const done: Float64Array[] = [];
  for (const given of directions) {
    const direction = Float64Array.from(given);
    const length = Math.sqrt(product(direction, direction));
    for (let pass = 0; pass < 2; pass++)
      for (const other of done) {
        const along = product(direction, other);
        for (let i = 0; i < dimension; i++) direction[i]! -= along * other[i]!;
      }
    const left = Math.sqrt(product(direction, direction));
    const scale = left > 1e-12 * length && left > 0 ? 1 / left : 0;
    done.push(direction.map((value) => value * scale));
  }
  return done;
}

/** The same plane, its axes turned or mirrored to lie nearest to those before. */
function turnedTo(
  { axes: [a, b] }: PrincipalPlane,
  [p, q]: readonly [Float64Array, Float64Array],
): [Float64Array, Float64Array] {
  // The orthogonal 2 × 2 matrix nearest to the products of old and new axes.
  const [ap, aq, bp, bq] = [product(a, p), product(a, q), product(b, p), product(b, q)];
  const isMirrored = ap * bq - aq * bp < 0;
  const sign = isMirrored ? -1 : 1;
  const [cos, sin] = [ap + sign * bq, aq - sign * bp];
  const length = Math.hypot(cos, sin);
  if (length === 0) return [p, q];
  const [c, s] = [cos / length, sin / length];
  const mixed = (x: number, y: number) => p.map((value, i) => x * value + y * q[i]!);
  return [mixed(c, s), mixed(-sign * s, sign * c)];
}

function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
