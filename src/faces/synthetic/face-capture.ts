import { seededRandom, type SeededRandom } from '../../core/seeded-random';
import { pristine, type DegradationLevels } from '../face-record';
import type { Colour } from './face-identity';

/** Properties that differ between pictures of one person. */
export interface FaceCapture {
  /** Radians; positive yaw turns the nose to the picture's right, positive pitch downwards. */
  readonly yaw: number;
  readonly pitch: number;
  /** Direction to the light (unit length), its share relative to ambient light, and exposure. */
  readonly light: {
    readonly x: number;
    readonly y: number;
    readonly z: number;
    readonly share: number;
    readonly gain: number;
    readonly warmth: number;
  };
  readonly expression: {
    readonly smile: number;
    readonly open: number;
    readonly eyesOpen: number;
    readonly browRaise: number;
    readonly gaze: number;
  };
  /** Error of the aligner: shift in pixels, rotation in radians, scale. */
  readonly framing: {
    readonly x: number;
    readonly y: number;
    readonly turn: number;
    readonly scale: number;
  };
  readonly background: { readonly top: Colour; readonly bottom: Colour; readonly noise: number };
  /** Degradation of the finished picture; not applied by `renderFace`. */
  readonly degradation: DegradationLevels;
}

/**
 * The capture number `copy` of the person with this index. The same arguments always give the same
 * capture.
 */
export function captureFrom(seed: number, index: number, copy: number): FaceCapture {
  const random = seededRandom(seed, index, copy, 0xca);
  const within = (from: number, to: number) => from + (to - from) * random.next();
  const colour = (): Colour => {
    const grey = within(40, 215);
    return [grey + within(-28, 28), grey + within(-28, 28), grey + within(-28, 28)];
  };
  const bounded = (sigma: number) => Math.min(2, Math.max(-2, random.normal())) * sigma;
  const [x, y] = [bounded(0.42), -0.35 + bounded(0.25)];
  const norm = Math.hypot(x, y, 1);
  return {
    yaw: bounded(0.17),
    pitch: bounded(0.1),
    light: {
      x: x / norm,
      y: y / norm,
      z: 1 / norm,
      share: within(0.4, 0.72),
      gain: within(0.82, 1.18),
      warmth: bounded(0.03),
    },
    expression: {
      smile: Math.max(0, within(-0.5, 1)),
      open: random.next() < 0.2 ? within(0.2, 1) : 0,
      eyesOpen: within(0.82, 1.1),
      browRaise: within(-0.6, 1.2),
      gaze: bounded(0.6),
    },
    framing: { x: bounded(1), y: bounded(1), turn: bounded(0.03), scale: 1 + bounded(0.022) },
    background: { top: colour(), bottom: colour(), noise: random.int(4096) },
    degradation: drawDegradation(seededRandom(seed, index, copy, 0xde)),
  };
}

/** Nine in twenty pictures stay pristine; the others get one or two kinds, from mild to severe. */
function drawDegradation(random: SeededRandom): DegradationLevels {
  if (random.next() < 0.45) return pristine;
  const kinds = Object.keys(pristine) as (keyof DegradationLevels)[];
  const levels: Record<keyof DegradationLevels, number> = { ...pristine };
  for (let i = random.next() < 0.6 ? 1 : 2; i > 0; i--)
    levels[kinds[random.int(kinds.length)]!] = 0.1 + 0.9 * random.next();
  return levels;
}
