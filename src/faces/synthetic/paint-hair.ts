import type { FaceCapture } from './face-capture';
import { mixed, type Colour, type FaceIdentity } from './face-identity';
import { cover, shade, type Pen } from './paint-features';
import { smoothstep, valueNoise } from './value-noise';

/** Coverage of a point of the head by hair, 0..1. */
function hairOnHead({ hair, head }: FaceIdentity, x: number, y: number): number {
  const side = Math.abs(x) / head.width;
  const swept = (x * hair.side) / head.width;
  const edge = 1.6 * valueNoise(x / 2.2, y / 7 + hair.volume);
  let line: number;
  switch (hair.style) {
    case 'bald':
      return 0;
    case 'short':
      line = hair.line + hair.peak * (1 - 3 * side) * 0.6 + 42 * Math.max(0, side - 0.72) * 3;
      break;
    case 'fringe':
      line = hair.line + 19 + 2 * hair.peak * side * 0.4 + 90 * Math.max(0, side - 0.8);
      break;
    case 'long':
      line = hair.line + hair.peak * 0.5 + 26 * side ** 3 + 330 * Math.max(0, side - 0.76);
      break;
    case 'curly':
      line = hair.line + 5 + 4 * valueNoise(x / 5 + hair.volume, 7) + 110 * Math.max(0, side - 0.7);
      break;
    case 'swept':
      line = hair.line + 7 + 15 * swept + 100 * Math.max(0, side - 0.78);
      break;
    case 'receding':
      line =
        hair.line -
        2 -
        9 * Math.exp(-(((side - 0.45) / 0.2) ** 2)) +
        4 * Math.exp(-((side / 0.25) ** 2)) +
        170 * Math.max(0, side - 0.66);
      break;
  }
  return smoothstep(-1.8, 1.8, line + edge - y);
}

/** Brightness of the hair's strands at a point. */
function strands({ hair, skin }: FaceIdentity, x: number, y: number): number {
  const at = skin.noise & 63;
  if (hair.style === 'curly') return 0.8 + 0.4 * valueNoise(x / 2.4 + at, y / 2.4);
  return 0.86 + 0.3 * valueNoise(x / 1.1 + at, y / 9 + x / 14);
}

/** Hair over the forehead and temples, at a point of the head. */
export function paintHair(pen: Pen, identity: FaceIdentity, x: number, y: number): void {
  if (y > 45 || (y > -20 && Math.abs(x) < identity.head.width * 0.6)) return;
  const { style, colour } = identity.hair;
  const cast = style === 'bald' ? 0 : hairOnHead(identity, x, y - 3);
  if (cast <= 0) return;
  shade(pen, 1 - 0.22 * cast);
  const amount = hairOnHead(identity, x, y);
  if (amount > 0) cover(pen, mixed([0, 0, 0], colour, strands(identity, x, y)), amount);
}

/** Beard and moustache, at a point of the head. */
export function paintBeard(pen: Pen, identity: FaceIdentity, x: number, y: number): void {
  const { beard, mouth, nose, head, hair, skin } = identity;
  if (beard.style === 'none' || y < nose.tipY - 8) return;
  const ax = Math.abs(x);
  const lipTop = mouth.y - mouth.upper - 1;
  const middle = (nose.tipY + 6 + lipTop) / 2;
  const droop = Math.max(0, ax - mouth.width * 0.5) * 0.5;
  const moustache =
    smoothstep(1, -1, Math.abs(y - middle - droop) - Math.max(1.4, (lipTop - nose.tipY - 6) / 2)) *
    smoothstep(mouth.width + 4, mouth.width, ax);
  const onLips = Math.max(
    smoothstep(1.15, 0.95, Math.hypot(x / (mouth.width + 1), (y - mouth.y) / (mouth.lower + 2.5))),
    0,
  );
  const goatee =
    smoothstep(2, -2, ax - mouth.width * 0.85) *
    smoothstep(mouth.y + mouth.lower + 1, mouth.y + mouth.lower + 5, y);
  const edge =
    mouth.y -
    8 -
    beard.length -
    18 * smoothstep(head.width * 0.45, head.width * 0.85, ax) +
    6 * smoothstep(mouth.width + 8, 0, ax);
  const full =
    smoothstep(edge - 3, edge + 4, y) *
    smoothstep(mouth.width - 3, mouth.width + 3, ax + (y > mouth.y + mouth.lower + 2 ? 30 : 0));
  let amount = moustache;
  if (beard.style !== 'moustache') amount = Math.max(amount, goatee);
  if (beard.style !== 'moustache' && beard.style !== 'goatee') amount = Math.max(amount, full);
  if (amount <= 0) return;
  const grain = 0.75 + 0.35 * valueNoise(x * 0.9 + (skin.noise & 63), y * 0.55);
  const density = beard.style === 'stubble' ? 0.42 : beard.density;
  cover(
    pen,
    mixed(hair.colour, [40, 30, 26], 0.35),
    Math.min(1, amount * density * grain) * (1 - 0.95 * onLips),
  );
}

/** Frames and lenses of glasses, in a plane in front of the face. */
export function paintGlasses(
  pen: Pen,
  { glasses, eyes, head }: FaceIdentity,
  x: number,
  y: number,
): void {
  if (!glasses) return;
  const ax = Math.abs(x);
  const [u, v] = [(ax - eyes.x) / glasses.width, (y - eyes.y - 1.5) / glasses.tall];
  if (Math.abs(v) > 1.3) return;
  const power = glasses.square;
  const radius = (Math.abs(u) ** power + Math.abs(v) ** power) ** (1 / power);
  const away = (radius - 1) * Math.min(glasses.width, glasses.tall);
  if (away < 0) cover(pen, [30, 32, 38], glasses.tint * smoothstep(0.5, -0.5, away));
  let frame = smoothstep(glasses.thickness + 0.5, glasses.thickness - 0.5, Math.abs(away));
  const bridge = eyes.x - glasses.width;
  if (ax < bridge)
    frame = Math.max(
      frame,
      smoothstep(glasses.thickness + 0.5, glasses.thickness - 0.5, Math.abs(y - eyes.y + 2)),
    );
  if (ax > eyes.x + glasses.width && ax < head.width + 1)
    frame = Math.max(frame, smoothstep(1.4, 0.5, Math.abs(y - eyes.y + 3)));
  cover(pen, glasses.colour, frame);
}

/** Background, hair, neck and ears behind the face, in the picture's plane. */
export function paintBackdrop(
  pen: Pen,
  identity: FaceIdentity,
  { background, light }: FaceCapture,
  x: number,
  y: number,
): void {
  const { head, hair, skin, eyes } = identity;
  const drop = Math.min(1, Math.max(0, (y + 72) / 112));
  const grain =
    1 + 0.2 * valueNoise(x / 17 + (background.noise & 63), y / 17 + (background.noise >> 6));
  for (let c = 0; c < 3; c++)
    pen[c] = (background.top[c]! * (1 - drop) + background.bottom[c]! * drop) * grain * light.gain;
  const ax = Math.abs(x);
  const long = hair.style === 'long';
  const wide = head.width + hair.volume * (hair.style === 'curly' ? 1.3 : 0.7);
  if (hair.style !== 'bald') {
    const wobble = hair.style === 'curly' ? 3 * valueNoise(x / 4, y / 4 + hair.volume) : 0;
    const outline =
      long && y > -20 ? ax - wide - 2 : (Math.hypot(ax / wide, (y + 20) / 62) - 1) * wide;
    let end = 1;
    if (!long) end = hair.style === 'curly' ? smoothstep(20, 4, y) : smoothstep(-14, -24, y);
    cover(
      pen,
      mixed([0, 0, 0], hair.colour, 0.9 * strands(identity, x, y)),
      smoothstep(1, -1, outline - wobble) * end,
    );
  }
  if (y > 8) {
    const neck = head.width * 0.72 + Math.max(0, y - 40) * 0.5;
    const shadow = 0.62 + 0.1 * (ax / neck);
    cover(
      pen,
      [skin.colour[0] * shadow, skin.colour[1] * shadow * 0.95, skin.colour[2] * shadow * 0.93],
      smoothstep(1, -1, ax - neck),
    );
  }
  if (!long) {
    const ear = Math.hypot((ax - head.width + 0.5) / 5.5, (y - eyes.y - 8) / 12);
    cover(
      pen,
      mixed(skin.colour as Colour, [90, 30, 20], 0.12 + 0.25 * smoothstep(0.9, 0.2, ear)),
      smoothstep(1.05, 0.9, ear),
    );
  }
}
