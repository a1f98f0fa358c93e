/** A point or a direction in space: x to the right, y up, z towards the eye. */
export type Vector3 = readonly [x: number, y: number, z: number];

/** How the sphere is turned, in radians: first about the vertical axis, then towards the eye. */
export interface Turn {
  readonly yaw: number;
  readonly pitch: number;
}

/** Points of the plane of the picture: x to the right, y up, the sphere has radius 1. */
export type Outline = readonly (readonly [x: number, y: number])[];

/** A cap as it is seen, in front or behind. */
export interface CapPart {
  /** The area, closed; empty if nothing of the cap is on this side. */
  readonly area: Outline;
  /** The parts of its edge on this side, without the sphere's own outline. */
  readonly edges: readonly Outline[];
}

/** Points of a circle on the sphere. */
const STEPS = 96;

/** Turns a point with the sphere. */
export function turned([x, y, z]: Vector3, { yaw, pitch }: Turn): Vector3 {
  const [cosY, sinY, cosP, sinP] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const [x1, z1] = [cosY * x + sinY * z, cosY * z - sinY * x];
  return [x1, cosP * y - sinP * z1, sinP * y + cosP * z1];
}

/**
 * Two directions of the sphere with a given angle between them, on its equator, as far to the left
 * of the middle as to the right.
 * @param angle in radians, 0..π
 */
export const directionsApart = (angle: number): readonly [Vector3, Vector3] => {
  const at = (half: number): Vector3 => [Math.sin(half), 0, Math.cos(half)];
  return [at(-angle / 2), at(angle / 2)];
};

/** Points of the shorter great circle from one direction to another, both of them included. */
export function arcBetween(from: Vector3, to: Vector3, steps = STEPS / 2): Vector3[] {
  const angle = Math.acos(Math.max(-1, Math.min(1, dot(from, to))));
  const sine = Math.sin(angle);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const share = i / steps;
    if (sine < 1e-9) return from;
    const [a, b] = [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
    return add(scaled(from, a), scaled(to, b));
  });
}

/** Points of the circle at `radius` radians around a direction. */
export function circleAround(centre: Vector3, radius: number, steps = STEPS): Vector3[] {
  const helper: Vector3 = Math.abs(centre[1]) < 0.9 ? [0, 1, 0] : [1, 0, 0];
  const east = unit(cross(helper, centre));
  const north = cross(centre, east);
  return Array.from({ length: steps }, (_, i) => {
    const phase = (2 * Math.PI * i) / steps;
    const aside = add(scaled(east, Math.cos(phase)), scaled(north, Math.sin(phase)));
    return add(scaled(centre, Math.cos(radius)), scaled(aside, Math.sin(radius)));
  });
}

/**
 * What is seen of a cap on one side of the sphere, which is drawn without perspective.
 * @param centre its middle, turned already
 * @param radius in radians, 0..π/2
 */
export function capPart(centre: Vector3, radius: number, side: 'front' | 'back'): CapPart {
  const sign = side === 'front' ? 1 : -1;
  const circle = circleAround(centre, radius);
  const isHere = circle.map(([, , z]) => sign * z >= 0);
  const flat = circle.map(([x, y]) => [x, y] as const);
  if (isHere.every(Boolean)) return { area: flat, edges: [[...flat, flat[0]!]] };
  if (!isHere.some(Boolean)) return { area: [], edges: [] };
  // The edge enters this side once and leaves it once; the sphere's outline closes the area.
  const first = isHere.findIndex((here, i) => here && !isHere.at(i - 1));
  const count = isHere.filter(Boolean).length;
  const at = (i: number) => circle[(first + i + STEPS) % STEPS]!;
  const edge = [
    limbPoint(at(-1), at(0)),
    ...Array.from({ length: count }, (_, i) => [at(i)[0], at(i)[1]] as const),
    limbPoint(at(count - 1), at(count)),
  ];
  return { area: [...edge, ...limbArc(edge.at(-1)!, edge[0]!, centre)], edges: [edge] };
}

/** Splits a line on the sphere into its parts in front of and behind the sphere's outline. */
export function splitLine(line: readonly Vector3[]): { front: Outline[]; back: Outline[] } {
  const parts = { front: [] as Outline[], back: [] as Outline[] };
  let current: (readonly [number, number])[] = [];
  line.forEach((point, i) => {
    const isFront = point[2] >= 0;
    const before = line[i - 1];
    if (before && before[2] >= 0 !== isFront) {
      const limb = limbPoint(before, point);
      parts[isFront ? 'back' : 'front'].push([...current, limb]);
      current = [limb];
    }
    current.push([point[0], point[1]]);
    if (i === line.length - 1) parts[isFront ? 'front' : 'back'].push(current);
  });
  return parts;
}

/** Where a line between two points crosses the sphere's outline. */
function limbPoint(from: Vector3, to: Vector3): readonly [number, number] {
  const share = from[2] / (from[2] - to[2]);
  const [x, y] = [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
  const length = Math.hypot(x, y) || 1;
  return [x / length, y / length];
}

/** The sphere's outline from one of its points to another, on the side where the cap is. */
function limbArc(
  from: readonly [number, number],
  to: readonly [number, number],
  centre: Vector3,
): Outline {
  const start = Math.atan2(from[1], from[0]);
  const whole = 2 * Math.PI;
  const left = (((Math.atan2(to[1], to[0]) - start) % whole) + whole) % whole;
  const middle = start + left / 2;
  const isLeft = Math.cos(middle) * centre[0] + Math.sin(middle) * centre[1] > 0;
  const sweep = isLeft ? left : left - whole;
  const steps = Math.max(2, Math.ceil(Math.abs(sweep) / 0.1));
  return Array.from({ length: steps - 1 }, (_, i) => {
    const angle = start + (sweep * (i + 1)) / steps;
    return [Math.cos(angle), Math.sin(angle)] as const;
  });
}

export const dot = (a: Vector3, b: Vector3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

const add = (a: Vector3, b: Vector3): Vector3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

const scaled = (a: Vector3, by: number): Vector3 => [by * a[0], by * a[1], by * a[2]];

const cross = (a: Vector3, b: Vector3): Vector3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

const unit = (a: Vector3): Vector3 => scaled(a, 1 / Math.hypot(...a));
