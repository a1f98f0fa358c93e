import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/seeded-random';
import { degrade, resizeArea, resizeBilinear, sampleDegradation } from './degradation';
import { pristine, type DegradationLevels, type RgbImage } from './face-record';

const SIDE = 112;
const kinds = Object.keys(pristine) as (keyof DegradationLevels)[];
const seeds = [1, 2, 3, 4];

/**
 * A picture with edges, fine grain and gradients, so that every kind of degradation has an effect.
 */
const picture: RgbImage = (() => {
  const grain = seededRandom(5);
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [Math.floor(at / 3) % SIDE, Math.floor(at / (3 * SIDE))];
    data[at] =
      90 + 40 * Math.sin(x / 9 + (at % 3)) + 30 * (((x >> 4) + (y >> 4)) % 2) + 25 * grain.next();
  }
  return { width: SIDE, height: SIDE, data };
})();
const flat = (value: number): RgbImage => ({
  width: SIDE,
  height: SIDE,
  data: new Uint8Array(SIDE * SIDE * 3).fill(value),
});

const degraded = (levels: Partial<DegradationLevels>, seed = 1, image = picture) =>
  degrade(image, { ...pristine, ...levels }, seed).data;

/** Mean square difference in bytes. */
function apart(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, byte, i) => sum + (byte - b[i]!) ** 2, 0) / a.length;
}

describe('degradation', () => {
  it('returns the same bytes for pristine levels, and never changes its input', () => {
    const before = picture.data.slice();
    expect(degraded({})).toEqual(before);
    degraded({ blur: 0.5, resolution: 0.5, occlusion: 0.5, exposure: 0.5, noise: 0.5, jpeg: 0.5 });
    expect(picture.data).toEqual(before);
  });

  it.each(kinds)('changes the picture more with every step of its level: %s', (kind) => {
    for (const seed of seeds.slice(0, 2)) {
      const distances = [0, 0.1, 0.4, 0.7, 1].map((level) =>
        apart(degraded({ [kind]: level }, seed), picture.data),
      );
      for (let i = 1; i < distances.length; i++)
        expect(distances[i]!, `seed ${seed}, step ${i} of ${distances.join(', ')}`).toBeGreaterThan(
          distances[i - 1]!,
        );
    }
  });

  it('keeps the size of the picture, also if it is not square', () => {
    const image = { width: 40, height: 24, data: picture.data.slice(0, 40 * 24 * 3) };
    for (const kind of kinds) {
      const { width, height, data } = degrade(image, { ...pristine, [kind]: 0.8 }, 1);
      expect([width, height, data.length], kind).toEqual([40, 24, 40 * 24 * 3]);
    }
  });

  it('depends only on the seed', () => {
    const all = {
      blur: 0.2,
      resolution: 0.2,
      occlusion: 0.4,
      exposure: 0.3,
      noise: 0.4,
      jpeg: 0.5,
    };
    expect(degraded(all, 1)).toEqual(degraded(all, 1));
    expect(degraded(all, 1)).not.toEqual(degraded(all, 2));
  });

  it('keeps its noise when another slider moves', () => {
    const noisy = degraded({ noise: 0.3 }, 1, flat(128));
    // Blur and resolution don't change a flat picture, so any difference would be noise.
    for (const other of ['blur', 'resolution'] as const)
      expect(degraded({ noise: 0.3, [other]: 0.6 }, 1, flat(128)), other).toEqual(noisy);
    const covered = degraded({ occlusion: 0.5 }, 1, flat(128));
    const both = degraded({ noise: 0.3, occlusion: 0.5 }, 1, flat(128));
    const open = [...covered.keys()].filter((at) => covered[at] === 128);
    expect(open.length).toBeGreaterThan(1000);
    expect(open.length).toBeLessThan(covered.length);
    for (const at of open)
      if (both[at] !== noisy[at]) expect.unreachable(`byte ${at} has other noise`);
  });

  it('keeps the position of the occlusion when another slider moves', () => {
    // Exposure maps equal bytes to equal bytes, so a flat patch on a flat background stays one.
    for (const seed of seeds) {
      const [alone, exposed] = [
        degraded({ occlusion: 0.3 }, seed, flat(20)),
        degraded({ occlusion: 0.3, exposure: 0.2 }, seed, flat(20)),
      ];
      const background = exposed[0]!;
      expect([...alone].map((byte) => byte > 30)).toEqual(
        [...exposed].map((byte) => byte > (background / 20) * 30),
      );
    }
  });

  it('keeps the direction that the seed gives exposure when another slider moves', () => {
    const brighter = (seed: number, levels: Partial<DegradationLevels>) =>
      degraded({ exposure: 0.5, ...levels }, seed, flat(100))[0]! > 100;
    const directions = Array.from({ length: 12 }, (_, seed) => brighter(seed, {}));
    expect(new Set(directions).size).toBe(2);
    // The corner lies outside every patch.
    expect(directions).toEqual(
      directions.map((_, seed) => brighter(seed, { occlusion: 0.1, blur: 0.3 })),
    );
  });
});

describe('a sampled degradation', () => {
  const draws = (untouched: number) => {
    const random = seededRandom(3);
    return Array.from({ length: 2000 }, () => sampleDegradation(random, 0.5, untouched));
  };

  it('has one or two kinds, each from a tenth of the strength up, and every kind occurs', () => {
    const seen = new Set<string>();
    for (const levels of draws(0)) {
      const used = kinds.filter((kind) => levels[kind] > 0);
      expect([1, 2]).toContain(used.length);
      for (const kind of used) {
        seen.add(kind);
        expect(levels[kind]).toBeGreaterThanOrEqual(0.05);
        expect(levels[kind]).toBeLessThanOrEqual(0.5);
      }
    }
    expect([...seen].sort()).toEqual([...kinds].sort());
  });

  it('leaves the given share untouched', () => {
    const untouched = draws(0.4).filter((levels) => levels === pristine).length;
    expect(untouched / 2000).toBeGreaterThan(0.36);
    expect(untouched / 2000).toBeLessThan(0.44);
    expect(draws(0).some((levels) => levels === pristine)).toBe(false);
  });
});

describe('resizing', () => {
  it('averages the area under each pixel', () => {
    const image = { width: 3, height: 1, data: Uint8Array.of(0, 0, 0, 90, 90, 90, 240, 240, 240) };
    // Each target pixel covers one and a half: (0 + 45) / 1.5 and (45 + 240) / 1.5.
    expect([...resizeArea(image, 2, 1).data]).toEqual([30, 30, 30, 190, 190, 190]);
  });

  it('interpolates between pixel centres and repeats the edge', () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 100, 100, 100) };
    expect([...resizeBilinear(image, 4, 1).data].filter((_, at) => at % 3 === 0)).toEqual([
      0, 25, 75, 100,
    ]);
  });
});
