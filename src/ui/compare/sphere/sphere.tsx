import { useId } from 'react';
import classes from './sphere.module.css';
import {
  arcBetween,
  capPart,
  circleAround,
  directionsApart,
  splitLine,
  turned,
  type Outline,
  type Vector3,
} from './sphere-geometry';
import { useTurn } from './use-turn';

export interface SphereProps {
  /** Between the two directions, in radians. */
  readonly angle: number;
  /** Radii of the caps around A and B, in radians; null without κ. */
  readonly caps: readonly [number | null, number | null];
  /** Says what is drawn, for those who don't see it. */
  readonly label: string;
}

/** Pixels of the radius, in the picture's own units. */
const RADIUS = 100;
const SIDES = ['back', 'front'] as const;

/**
 * Two directions on a sphere, a cap around each, and the angle between them. It can be turned.
 *
 * The angles are the true ones: two directions always lie in a plane, and a cap is a circle in
 * whatever dimension. It is drawn as SVG from a few outlines: three.js would bring 150 KB gzipped
 * for two circles, and would not be sharp in a saved picture.
 */
export function Sphere({ angle, caps, label }: SphereProps) {
  const { turn, handlers } = useTurn();
  const id = useId();
  const [a, b] = directionsApart(angle);
  const arc = splitLine(arcBetween(a, b).map((point) => turned(point, turn)));
  const marks = [
    { name: 'A', className: classes.a!, centre: turned(a, turn), radius: caps[0] },
    { name: 'B', className: classes.b!, centre: turned(b, turn), radius: caps[1] },
  ];
  return (
    <svg
      className={classes.sphere}
      viewBox="-112 -112 224 224"
      role="img"
      aria-label={label}
      tabIndex={0}
      {...handlers}
    >
      <defs>
        <radialGradient id={id} cx="0.36" cy="0.3" r="0.75">
          <stop offset="0" className={classes.light} />
          <stop offset="1" className={classes.shade} />
        </radialGradient>
      </defs>
      <circle r={RADIUS} fill={`url(#${id})`} />
      {SIDES.map((side) => (
        <g key={side} className={classes[side]}>
          {GRID.map((line, i) => (
            <Lines
              key={i}
              lines={splitLine(line.map((point) => turned(point, turn)))[side]}
              className={classes.grid}
            />
          ))}
          {marks.map(({ name, className, centre, radius }) =>
            radius === null ? null : (
              <Cap key={name} centre={centre} radius={radius} side={side} className={className} />
            ),
          )}
          <Lines lines={arc[side]} className={classes.arc} />
        </g>
      ))}
      <circle r={RADIUS} className={classes.outline} />
      {marks.map(({ name, className, centre }) => (
        <Mark key={name} name={name} className={className} centre={centre} />
      ))}
    </svg>
  );
}

/** Meridians and parallels, which show how the sphere is turned. */
const GRID: readonly (readonly Vector3[])[] = [
  ...[0, 1, 2, 3, 4, 5].map((i) => {
    const angle = (i * Math.PI) / 6;
    return closed(circleAround([Math.cos(angle), 0, Math.sin(angle)], Math.PI / 2));
  }),
  ...[-60, -30, 0, 30, 60].map((latitude) =>
    closed(circleAround([0, 1, 0], ((90 - latitude) * Math.PI) / 180)),
  ),
];

function closed(line: readonly Vector3[]): readonly Vector3[] {
  return [...line, line[0]!];
}

function Cap({
  centre,
  radius,
  side,
  className,
}: {
  centre: Vector3;
  radius: number;
  side: 'front' | 'back';
  className: string;
}) {
  const { area, edges } = capPart(centre, radius, side);
  return (
    <g className={className}>
      {area.length > 0 && <path d={`${pathOf(area)}Z`} className={classes.area} />}
      <Lines lines={edges} className={classes.edge} />
    </g>
  );
}

/** A dot where a direction meets the sphere, a line to it from the middle, and its name. */
function Mark({ name, className, centre }: { name: string; className: string; centre: Vector3 }) {
  const [x, y] = [RADIUS * centre[0], -RADIUS * centre[1]];
  return (
    <g className={className} opacity={centre[2] < 0 ? 0.4 : 1}>
      <line x2={x} y2={y} className={classes.ray} />
      <circle cx={x} cy={y} r={11} className={classes.dot} />
      <text x={x} y={y} dy="0.36em" textAnchor="middle" className={classes.name}>
        {name}
      </text>
    </g>
  );
}

function Lines({ lines, className }: { lines: readonly Outline[]; className?: string }) {
  if (lines.length === 0) return null;
  return <path d={lines.map(pathOf).join('')} fill="none" className={className} />;
}

const pathOf = (outline: Outline): string =>
  outline
    .map(
      ([x, y], i) => `${i === 0 ? 'M' : 'L'}${(RADIUS * x).toFixed(1)} ${(-RADIUS * y).toFixed(1)}`,
    )
    .join('');
