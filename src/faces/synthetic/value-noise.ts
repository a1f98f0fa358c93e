import { seededRandom } from '../../core/seeded-random';

const SIDE = 64;
const lattice = (() => {
  const random = seededRandom(0x5ca1ab1e);
  return Float32Array.from({ length: SIDE * SIDE }, () => 2 * random.next() - 1);
})();

/**
 * Smooth noise in −1..1 with features about one unit wide. Repeats every 64 units; offset x and y
 * for an independent field.
 */
export function valueNoise(x: number, y: number): number {
  const [fx, fy] = [Math.floor(x), Math.floor(y)];
  let u = x - fx;
  let v = y - fy;
  u *= u * (3 - 2 * u);
  v *= v * (3 - 2 * v);
  const x0 = fx & (SIDE - 1);
  const x1 = (fx + 1) & (SIDE - 1);
  const y0 = (fy & (SIDE - 1)) * SIDE;
  const y1 = ((fy + 1) & (SIDE - 1)) * SIDE;
  const top = lattice[y0 + x0]! + u * (lattice[y0 + x1]! - lattice[y0 + x0]!);
  const bottom = lattice[y1 + x0]! + u * (lattice[y1 + x1]! - lattice[y1 + x0]!);
  return top + v * (bottom - top);
}

/** 0 below `from`, 1 above `to`, smooth in between. */
export function smoothstep(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}
