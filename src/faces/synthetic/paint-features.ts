import type { FaceCapture } from './face-capture';
import type { Colour, FaceIdentity } from './face-identity';
import { smoothstep, valueNoise } from './value-noise';

/** The current colour of a pixel; values may exceed 255. */
export type Pen = Float32Array;

/** Blends a colour over the pen's colour. */
export function cover(pen: Pen, colour: Colour, alpha: number): void {
  if (alpha <= 0) return;
  pen[0]! += (colour[0] - pen[0]!) * alpha;
  pen[1]! += (colour[1] - pen[1]!) * alpha;
  pen[2]! += (colour[2] - pen[2]!) * alpha;
}

/**
 * Multiplies the pen's colour. Blue and green fall a little faster than red, as in shade on skin.
 */
export function shade(pen: Pen, by: number): void {
  pen[0]! *= by;
  pen[1]! *= by - 0.08 * (1 - by);
  pen[2]! *= by - 0.1 * (1 - by);
}

const SCLERA: Colour = [226, 220, 216];
const DARK: Colour = [16, 12, 12];
const LASH: Colour = [26, 18, 16];
const MOUTH: Colour = [58, 22, 24];
const TEETH: Colour = [232, 226, 214];

/** Skin with its tone, blotches, freckles, flush, folds and moles, at a point of the head. */
export function paintSkin(
  pen: Pen,
  { skin, mouth, nose, eyes, moles }: FaceIdentity,
  { expression }: FaceCapture,
  x: number,
  y: number,
): void {
  const at = skin.noise;
  const [ox, oy] = [at & 63, at >> 6];
  const tone =
    1 +
    skin.blotch *
      (1.2 * valueNoise(x / 13 + ox, y / 13 + oy) + 0.5 * valueNoise(x / 2.3 + oy, y / 2.3 + ox));
  pen[0] = skin.colour[0] * tone;
  pen[1] = skin.colour[1] * tone;
  pen[2] = skin.colour[2] * tone;
  const ax = Math.abs(x);
  if (skin.blush > 0.1 && y > -14 && y < 22) {
    const flush =
      skin.blush *
      0.22 *
      Math.max(0, 1 - ((ax - 22) / 13) ** 2) *
      Math.max(0, 1 - ((y - 3) / 13) ** 2);
    pen[1]! *= 1 - flush;
    pen[2]! *= 1 - flush;
  }
  if (skin.freckles > 0 && y > -22 && y < 16)
    shade(
      pen,
      1 - 0.4 * skin.freckles * smoothstep(0.35, 0.6, valueNoise(x / 1.5 + oy, y / 1.5 + ox + 9)),
    );
  // Folds from the sides of the nose to the corners of the mouth, deeper with age and with a smile.
  if (y > nose.tipY && y < mouth.y + 6) {
    const t = (y - nose.tipY) / (mouth.y + 4 - nose.tipY);
    const fold = nose.width + 2 + (mouth.width + 3 - nose.width) * t + 2 * Math.sin(Math.PI * t);
    const depth =
      (0.06 + 0.26 * skin.age + 0.12 * expression.smile) *
      Math.sin(Math.PI * Math.min(1, Math.max(0, t)));
    shade(pen, 1 - depth * Math.max(0, 1 - Math.abs(ax - fold) / 1.8));
  }
  if (skin.age > 0.45 && y < eyes.y - 14 && y > -58) {
    const wave = Math.sin((y + 1.2 * valueNoise(x / 9 + ox, 3 + oy)) * 1.05);
    shade(pen, 1 - 0.3 * (skin.age - 0.4) * smoothstep(0.6, 1, wave) * Math.max(0, 1 - ax / 26));
  }
  // Shadow under the nose, and the groove of the upper lip.
  const below = y - nose.tipY - 4.5;
  if (below > -2.5 && below < 6 && ax < nose.width * 1.1)
    shade(
      pen,
      1 - 0.26 * (1 - ((below - 1) / 5) ** 2) * Math.max(0, 1 - (ax / nose.width / 1.1) ** 2),
    );
  const wing = Math.hypot((ax - nose.width) / 1.3, (y - nose.tipY - 1) / 4);
  if (wing < 1.5) shade(pen, 1 - 0.28 * Math.max(0, 1 - wing / 1.5));
  const hole = Math.hypot(
    (ax - nose.width * 0.45) / (nose.width * 0.27),
    (y - nose.tipY - 4.2) / (0.9 + nose.nostril),
  );
  if (hole < 1.4)
    cover(pen, [44, 22, 18], (0.45 + 0.45 * nose.nostril) * (1 - smoothstep(0.6, 1.4, hole)));
  for (const mole of moles) {
    const away = Math.hypot(x - mole.x, y - mole.y) - mole.radius;
    if (away < 0.6) cover(pen, [62, 36, 28], 0.85 * smoothstep(0.6, -0.6, away));
  }
}

/** Both eyes: socket, lids, lashes, sclera, iris, pupil and its glint. */
export function paintEyes(
  pen: Pen,
  { eyes, skin }: FaceIdentity,
  { expression }: FaceCapture,
  x: number,
  y: number,
): void {
  const side = x < 0 ? -1 : 1;
  const [dx, dy] = [Math.abs(x) - eyes.x, y - eyes.y];
  if (Math.abs(dx) > eyes.width + 7 || Math.abs(dy) > 13) return;
  const socket = 1 - Math.min(1, Math.hypot(dx / (eyes.width + 6), (dy + 2) / 9));
  shade(pen, 1 - (0.12 + eyes.socket) * socket);
  // A positive tilt raises the outer corner.
  const u = dx - dy * eyes.tilt;
  const v = dy + dx * eyes.tilt;
  const w = u / eyes.width;
  const bow = Math.max(0, 1 - w * w);
  const top = -eyes.upper * Math.min(expression.eyesOpen, 1.1) * bow ** 0.7;
  const bottom = eyes.lower * bow;
  if (eyes.bag > 0.05 && v > bottom)
    shade(
      pen,
      1 - eyes.bag * Math.max(0, 1 - Math.abs(v - bottom - 3) / 2) * Math.max(0, 1 - w * w),
    );
  if (eyes.crease > 0 && Math.abs(w) < 1.15) {
    const crease = top - eyes.crease * (0.5 + 0.5 * bow);
    shade(
      pen,
      1 - 0.4 * Math.max(0, 1 - Math.abs(v - crease) / 0.9) * smoothstep(1.15, 0.7, Math.abs(w)),
    );
  }
  const open = Math.min(v - top, bottom - v);
  if (open > -0.6 && Math.abs(w) < 1) {
    const inside = smoothstep(-0.6, 0.5, open);
    cover(pen, SCLERA, 0.92 * inside);
    cover(pen, skin.colour, 0.25 * inside * w * w);
    const radius = Math.hypot(u - side * expression.gaze, v + 0.3);
    cover(pen, DARK, inside * 0.75 * smoothstep(eyes.iris + 0.5, eyes.iris - 0.3, radius));
    cover(pen, eyes.colour, inside * smoothstep(eyes.iris, eyes.iris - 1, radius));
    cover(pen, DARK, inside * smoothstep(eyes.iris * 0.42 + 0.5, eyes.iris * 0.42 - 0.4, radius));
    cover(
      pen,
      [250, 250, 250],
      inside * 0.85 * smoothstep(1, 0.3, Math.hypot(u * side + 1, v + 1.3)),
    );
    shade(pen, 1 - 0.4 * inside * smoothstep(2.2, 0, v - top));
  }
  if (Math.abs(w) < 1.08) {
    const taper = smoothstep(1.08, 0.85, Math.abs(w));
    cover(
      pen,
      LASH,
      taper *
        smoothstep(0.5 + eyes.lash, 0, Math.abs(v - top + 0.3 * eyes.lash)) *
        (0.5 + 0.3 * eyes.lash),
    );
    cover(pen, LASH, 0.3 * taper * smoothstep(0.9, 0, Math.abs(v - bottom)));
  }
}

/** Both brows, in strokes. */
export function paintBrows(
  pen: Pen,
  { brows, eyes, skin }: FaceIdentity,
  { expression }: FaceCapture,
  x: number,
  y: number,
): void {
  const t = (Math.abs(x) - brows.inner) / brows.length;
  if (t < -0.06 || t > 1.06) return;
  const arch = brows.arch * Math.sin(Math.PI * Math.min(1, Math.max(0, 0.15 + 0.8 * t)));
  const centre =
    eyes.y - brows.gap - expression.browRaise - arch + brows.slope * (t - 0.5) * brows.length;
  const thickness =
    brows.thickness *
    (t < 0.6 ? 1 : 1 - 0.75 * ((t - 0.6) / 0.4)) *
    (0.8 + 0.2 * Math.min(1, 4 * t));
  const away = Math.abs(y - centre) - thickness;
  if (away > 1.2) return;
  const strokes =
    0.78 + 0.35 * valueNoise(Math.abs(x) * 0.9 + y * 0.5 + (skin.noise & 63), y * 0.35);
  cover(
    pen,
    brows.colour,
    Math.min(1, brows.density * strokes) *
      smoothstep(0.9, -0.7, away) *
      smoothstep(-0.06, 0.05, t) *
      smoothstep(1.06, 0.9, t),
  );
}

/** Lips, the line between them and, when the mouth is open, teeth. */
export function paintMouth(
  pen: Pen,
  { mouth, skin }: FaceIdentity,
  { expression }: FaceCapture,
  x: number,
  y: number,
): void {
  const width = mouth.width + 1.4 * expression.smile;
  const w = Math.abs(x) / width;
  if (w > 1.12 || Math.abs(y - mouth.y) > 12) return;
  const bow = Math.max(0, 1 - w * w);
  const line = mouth.y + mouth.corner * (1 - w * w) * -1 + 1.6 * expression.smile * (0.4 - w * w);
  const gap = 2.6 * expression.open * bow;
  const cupid = mouth.bow * (Math.exp(-(((w - 0.22) / 0.16) ** 2)) - Math.exp(-((w / 0.12) ** 2)));
  const upperEdge = line - gap * 0.4 - (mouth.upper * bow ** 0.8 + cupid * bow);
  const lowerEdge = line + gap + mouth.lower * bow ** 0.75;
  const inside = Math.min(y - upperEdge, lowerEdge - y);
  if (inside > -0.8 && w < 1) {
    const alpha = smoothstep(-0.8, 0.6, inside) * (0.4 + 0.6 * mouth.tint);
    const darker = y < line ? 0.86 : 1.04;
    const tone: Colour = [
      (mouth.colour[0] * 0.6 + skin.colour[0] * 0.4) * darker,
      (mouth.colour[1] * 0.75 + skin.colour[1] * 0.25) * darker,
      (mouth.colour[2] * 0.75 + skin.colour[2] * 0.25) * darker,
    ];
    cover(pen, tone, alpha);
    const hollow = Math.min(y - line + gap * 0.4, line + gap - y);
    if (gap > 0.3 && hollow > -0.5) {
      cover(pen, MOUTH, smoothstep(-0.5, 0.4, hollow));
      cover(
        pen,
        TEETH,
        0.9 *
          smoothstep(-0.2, 0.5, hollow) *
          smoothstep(line + gap * 0.75, line + gap * 0.4, y) *
          smoothstep(0.8, 0.6, w),
      );
    }
  }
  cover(
    pen,
    MOUTH,
    0.75 *
      smoothstep(1.1, 0.2, Math.abs(y - line)) *
      smoothstep(1.06, 0.9, w) *
      (gap > 0.6 ? 0.3 : 1),
  );
  if (w > 0.9)
    shade(pen, 1 - 0.25 * Math.max(0, 1 - Math.hypot((Math.abs(x) - width) / 2, (y - line) / 2)));
}
