import type { FaceCapture } from './face-capture';
import type { Bump, FaceIdentity } from './face-identity';

/** The field's extent in head coordinates, with one sample per unit. */
export const FIELD = { left: -66, top: -82, width: 133, height: 143 } as const;

/** Half the head's width at height y; 0 above the skull and below the chin. */
export function halfWidth(head: FaceIdentity['head'], y: number): number {
  const widest = -12;
  if (y >= widest) {
    const t = (y - widest) / (head.chinY - widest);
    return t >= 1 ? 0 : head.width * (1 - t ** head.jaw) ** 0.62;
  }
  const t = (widest - y) / 66;
  return t >= 1 ? 0 : head.width * (1 - t ** 2.6) ** 0.45;
}

/** Depth of the head's surface over the field, row-major; 0 off the head. */
export function heightField(identity: FaceIdentity, { expression }: FaceCapture): Float32Array {
  const { head, nose, eyes, mouth, brows } = identity;
  const z = new Float32Array(FIELD.width * FIELD.height);
  for (let row = 0; row < FIELD.height; row++) {
    const y = row + FIELD.top;
    const half = halfWidth(head, y);
    if (half <= 0) continue;
    const t = y < -12 ? (-12 - y) / 66 : (y + 12) / (head.chinY + 12);
    const depth = head.depth * (1 - 0.35 * t ** 2.5);
    // The nose: a ridge that rises and widens from the bridge to the tip, and drops steeply below.
    const bridgeY = eyes.y + 2;
    const along = (y - bridgeY) / (nose.tipY - bridgeY);
    const ridge = ridgeHeight(nose, along);
    const ridgeWidth =
      nose.bridge + (nose.width * 0.55 - nose.bridge) * Math.min(1, Math.max(0, along)) ** 2;
    for (let column = 0; column < FIELD.width; column++) {
      const x = column + FIELD.left;
      const r = Math.abs(x) / half;
      if (r >= 1) continue;
      let value = depth * Math.sqrt(1 - r ** 2.3);
      if (ridge > 0) value += ridge * Math.exp(-((x / ridgeWidth) ** 2));
      z[row * FIELD.width + column] = value;
    }
  }
  const smile = expression.smile;
  const browY = eyes.y - brows.gap;
  const pair = (x: number, y: number, width: number, tall: number, height: number): Bump[] =>
    [-1, 1].map((side) => ({ x: side * x, y, width, tall, height }));
  const bumps: Bump[] = [
    ...pair(eyes.x - 1, eyes.y - 1, eyes.width + 2, 6.5, -4 - 8 * eyes.socket),
    ...pair(eyes.x, eyes.y + 0.3, eyes.width * 0.7, 4, 2.8),
    ...pair(eyes.x * 0.9, browY, 11, 3.6, head.browRidge),
    ...pair(head.width * 0.56, 4 - smile, 9, 8, head.cheek + 2 * smile),
    ...pair(nose.width * 0.75, nose.tipY + 1, nose.width * 0.36, 3.2, 4),
    { x: 0, y: nose.tipY, width: nose.tip, tall: nose.tip * 0.9, height: 3 },
    {
      x: 0,
      y: mouth.y - mouth.upper * 0.6,
      width: mouth.width * 0.6,
      tall: 2 + mouth.upper * 0.4,
      height: 1.2 + mouth.upper * 0.5,
    },
    {
      x: 0,
      y: mouth.y + mouth.lower * 0.6,
      width: mouth.width * 0.5,
      tall: 1.6 + mouth.lower * 0.4,
      height: 0.8 + mouth.lower * 0.6,
    },
    { x: 0, y: mouth.y + mouth.lower + 4, width: 10, tall: 3, height: -2.4 },
    { x: 0, y: head.chinY - 8, width: 8, tall: 6, height: head.chin },
    ...head.bumps,
  ];
  for (const bump of bumps) add(z, bump);
  return z;
}

/**
 * Height of the nose's ridge.
 * @param along position along the nose: 0 at the bridge, 1 at the tip
 */
function ridgeHeight(nose: FaceIdentity['nose'], along: number): number {
  if (along < -0.3 || along > 1.5) return 0;
  if (along >= 1) return nose.height * Math.max(0, 1 - ((along - 1) / 0.35) ** 2);
  return (
    nose.bridgeHeight * Math.min(1, (along + 0.3) / 0.6) +
    (nose.height - nose.bridgeHeight) * Math.max(0, along) ** 1.5
  );
}

/** Adds a Gaussian bump, on the head only. */
function add(z: Float32Array, { x, y, width, tall, height }: Bump): void {
  const [firstColumn, lastColumn] = [
    Math.max(0, Math.ceil(x - 2.5 * width) - FIELD.left),
    Math.min(FIELD.width - 1, Math.floor(x + 2.5 * width) - FIELD.left),
  ];
  const [firstRow, lastRow] = [
    Math.max(0, Math.ceil(y - 2.5 * tall) - FIELD.top),
    Math.min(FIELD.height - 1, Math.floor(y + 2.5 * tall) - FIELD.top),
  ];
  const across = Float32Array.from({ length: Math.max(0, lastColumn - firstColumn + 1) }, (_, i) =>
    Math.exp(-(((firstColumn + i + FIELD.left - x) / width) ** 2)),
  );
  for (let row = firstRow; row <= lastRow; row++) {
    const weight = height * Math.exp(-(((row + FIELD.top - y) / tall) ** 2));
    for (let i = 0; i < across.length; i++) {
      const at = row * FIELD.width + firstColumn + i;
      // Fades towards the outline, where the surface falls off.
      const base = z[at]!;
      if (base > 0) z[at] = base + weight * across[i]! * Math.min(1, base / 12);
    }
  }
}

/** Samples the field bilinearly at any point; 0 outside. */
export function sampleField(z: Float32Array, x: number, y: number): number {
  const [fx, fy] = [x - FIELD.left, y - FIELD.top];
  if (!(fx >= 0 && fy >= 0 && fx < FIELD.width - 1 && fy < FIELD.height - 1)) return 0;
  const [column, row] = [fx | 0, fy | 0];
  const [u, v] = [fx - column, fy - row];
  const at = row * FIELD.width + column;
  const top = z[at]! + u * (z[at + 1]! - z[at]!);
  const bottom = z[at + FIELD.width]! + u * (z[at + FIELD.width + 1]! - z[at + FIELD.width]!);
  return top + v * (bottom - top);
}
