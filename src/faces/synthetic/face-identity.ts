import { seededRandom, type SeededRandom } from '../../core/seeded-random';

/** Red, green, blue, 0..255. */
export type Colour = readonly [number, number, number];

export type HairStyle = 'bald' | 'short' | 'fringe' | 'long' | 'curly' | 'swept' | 'receding';
export type BeardStyle = 'none' | 'stubble' | 'moustache' | 'goatee' | 'full';

/** A smooth bump of the head's surface, or a dent if its height is negative. */
export interface Bump {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly tall: number;
  readonly height: number;
}

/**
 * Traits that are the same in all pictures of a synthetic person. Lengths are in pixels of the
 * 112-pixel template, relative to (56, 72), near the tip of an average nose: x to the picture's
 * right, y down, z towards the camera.
 */
export interface FaceIdentity {
  readonly head: {
    readonly width: number;
    readonly chinY: number;
    readonly jaw: number;
    readonly depth: number;
    readonly chin: number;
    readonly cheek: number;
    readonly browRidge: number;
    readonly bumps: readonly Bump[];
  };
  readonly skin: {
    readonly colour: Colour;
    readonly blotch: number;
    readonly freckles: number;
    readonly age: number;
    readonly blush: number;
    readonly shine: number;
    readonly noise: number;
  };
  readonly eyes: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly upper: number;
    readonly lower: number;
    readonly tilt: number;
    readonly iris: number;
    readonly colour: Colour;
    readonly crease: number;
    readonly lash: number;
    readonly socket: number;
    readonly bag: number;
  };
  readonly brows: {
    readonly gap: number;
    readonly thickness: number;
    readonly arch: number;
    readonly slope: number;
    readonly inner: number;
    readonly length: number;
    readonly density: number;
    readonly colour: Colour;
  };
  readonly nose: {
    readonly tipY: number;
    readonly width: number;
    readonly bridge: number;
    readonly bridgeHeight: number;
    readonly height: number;
    readonly nostril: number;
    readonly tip: number;
  };
  readonly mouth: {
    readonly y: number;
    readonly width: number;
    readonly upper: number;
    readonly lower: number;
    readonly bow: number;
    readonly corner: number;
    readonly colour: Colour;
    readonly tint: number;
  };
  readonly hair: {
    readonly style: HairStyle;
    readonly colour: Colour;
    readonly line: number;
    readonly volume: number;
    readonly side: number;
    readonly peak: number;
  };
  readonly beard: { readonly style: BeardStyle; readonly density: number; readonly length: number };
  readonly glasses?: {
    readonly width: number;
    readonly tall: number;
    readonly square: number;
    readonly thickness: number;
    readonly colour: Colour;
    readonly tint: number;
  };
  readonly moles: readonly { readonly x: number; readonly y: number; readonly radius: number }[];
}

const SKINS: readonly Colour[] = [
  [246, 218, 203],
  [236, 196, 170],
  [224, 178, 146],
  [201, 150, 112],
  [168, 115, 80],
  [126, 82, 58],
  [84, 54, 42],
];
const HAIRS: readonly Colour[] = [
  [22, 18, 18],
  [48, 32, 24],
  [84, 54, 34],
  [126, 84, 48],
  [196, 160, 100],
  [150, 66, 32],
  [172, 170, 168],
  [226, 222, 216],
];
const IRISES: readonly Colour[] = [
  [48, 28, 18],
  [86, 54, 30],
  [110, 92, 50],
  [84, 112, 76],
  [92, 126, 160],
  [126, 138, 146],
];
const LIPS: readonly Colour[] = [
  [186, 96, 92],
  [150, 76, 74],
  [196, 60, 74],
  [204, 122, 110],
  [120, 60, 66],
];
const FRAMES: readonly Colour[] = [
  [20, 20, 22],
  [96, 52, 26],
  [150, 146, 140],
  [150, 30, 40],
  [40, 54, 110],
];

/**
 * The person with this index. Traits are drawn independently from wide ranges, so that two people
 * are easy to tell apart. The same seed and index always give the same person.
 */
export function identityFrom(seed: number, index: number): FaceIdentity {
  const random = seededRandom(seed, index, 0x1d);
  const within = (from: number, to: number) => from + (to - from) * random.next();
  const chance = (share: number) => random.next() < share;
  const pick = <T>(from: readonly T[]): T => from[random.int(from.length)]!;
  const skin = blend(SKINS, random.next(), random, 4);
  const hairColour = vary(pick(HAIRS), random, 6);
  const eyeY = within(-24, -16.5);
  const eyeX = within(13.6, 20.8);
  const chinY = within(35, 50);
  return {
    head: {
      width: within(34, 47),
      chinY,
      jaw: within(1.7, 4.6),
      depth: within(34, 48),
      chin: within(-1, 6),
      cheek: within(-2, 6),
      browRidge: within(0, 4),
      bumps: Array.from({ length: 14 }, () => ({
        x: within(-32, 32),
        y: within(-50, 40),
        width: within(5, 12),
        tall: within(5, 12),
        height: 2 * random.normal(),
      })),
    },
    skin: {
      colour: skin,
      blotch: within(0.02, 0.1),
      freckles: chance(0.2) ? within(0.2, 0.7) : 0,
      age: random.next() ** 1.5,
      blush: within(0, 1),
      shine: within(0.05, 0.3),
      noise: random.int(4096),
    },
    eyes: {
      x: eyeX,
      y: eyeY,
      width: within(6.4, 10.8),
      upper: within(1.9, 5.8),
      lower: within(1.2, 3.4),
      tilt: within(-0.22, 0.22),
      iris: within(3, 4.3),
      colour: vary(pick(IRISES), random, 12),
      crease: chance(0.25) ? 0 : within(1.4, 4),
      lash: within(0.4, 1.5),
      socket: within(0, 0.5),
      bag: within(0, 0.35),
    },
    brows: {
      gap: within(6.5, 13.5),
      thickness: within(0.8, 4),
      arch: within(-1, 5),
      slope: within(-0.28, 0.28),
      inner: within(4, 10),
      length: within(15, 23),
      density: within(0.35, 1),
      colour: vary(
        chance(0.7) ? mixed(hairColour, [30, 22, 20], 0.4) : pick(HAIRS.slice(0, 4)),
        random,
        8,
      ),
    },
    nose: {
      tipY: within(-5, 6),
      width: within(5.6, 13),
      bridge: within(2.2, 5.2),
      bridgeHeight: within(1, 8),
      height: within(9, 18),
      nostril: within(0.3, 1),
      tip: within(3.4, 6.6),
    },
    mouth: {
      y: within(16.5, 26),
      width: within(10, 19.5),
      upper: within(1.1, 4.6),
      lower: within(1.8, 5.8),
      bow: within(0, 1.6),
      corner: within(-1.6, 1.4),
      colour: vary(pick(LIPS), random, 10),
      tint: within(0.25, 0.9),
    },
    hair: {
      style: pick([
        'bald',
        'short',
        'short',
        'fringe',
        'long',
        'long',
        'curly',
        'swept',
        'receding',
      ] as const),
      colour: hairColour,
      line: within(-62, -46),
      volume: within(2, 16),
      side: chance(0.5) ? 1 : -1,
      peak: within(-5, 7),
    },
    beard: {
      style: chance(0.6)
        ? 'none'
        : pick(['stubble', 'moustache', 'goatee', 'full', 'full'] as const),
      density: within(0.5, 0.95),
      length: within(0, 6),
    },
    ...(chance(0.22) && {
      glasses: {
        width: within(11, 15.5),
        tall: within(7, 12.5),
        square: within(2, 5),
        thickness: within(0.6, 1.9),
        colour: pick(FRAMES),
        tint: chance(0.2) ? within(0.3, 0.8) : 0.04,
      },
    }),
    moles: Array.from({ length: chance(0.4) ? 1 + random.int(3) : 0 }, () => ({
      x: within(-30, 30),
      y: within(-44, 36),
      radius: within(0.6, 1.7),
    })),
  };
}

/** `a` moved towards `b` by `share`. */
export function mixed(a: Colour, b: Colour, share: number): Colour {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

function vary(colour: Colour, random: SeededRandom, by: number): Colour {
  const clamp = (value: number) => Math.min(250, Math.max(8, value + by * random.normal()));
  return [clamp(colour[0]), clamp(colour[1]), clamp(colour[2])];
}

/** A colour at `t` in 0..1 along a ramp, with a small random deviation. */
function blend(ramp: readonly Colour[], t: number, random: SeededRandom, by: number): Colour {
  const at = t * (ramp.length - 1);
  const low = Math.min(ramp.length - 2, Math.floor(at));
  return vary(mixed(ramp[low]!, ramp[low + 1]!, at - low), random, by);
}
