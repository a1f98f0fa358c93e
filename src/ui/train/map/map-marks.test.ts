import { describe, expect, it } from 'vitest';
import { colourOf, MARKED_PEOPLE, marksOf, markWords } from './map-marks';

describe('the marks of people', () => {
  const labels = Array.from({ length: 400 }, (_, i) => (i * 7) % 100);

  it('are different for every person who has one, and the others are grey', () => {
    const marks = marksOf(labels);
    expect(marks.size).toBe(MARKED_PEOPLE);
    for (const isDark of [false, true]) {
      const looks = [...marks.values()].map((mark) => `${colourOf(mark, isDark)} ${mark.shape}`);
      expect(new Set(looks).size).toBe(MARKED_PEOPLE);
      expect(looks.join()).not.toContain(colourOf(undefined, isDark));
    }
  });

  it('stay while the map grows', () => {
    const few = marksOf(labels.slice(0, 10));
    const all = marksOf(labels);
    for (const [label, mark] of few) expect(all.get(label)).toEqual(mark);
  });

  it.each([false, true])('have colours that can be told apart (dark: %s)', (isDark) => {
    const colours = Array.from({ length: 8 }, (_, colour) =>
      colourOf({ colour, shape: 'square' }, isDark),
    );
    for (const [i, a] of colours.entries())
      for (const b of colours.slice(0, i)) expect(distance(a, b), `${a} ${b}`).toBeGreaterThan(0.1);
  });

  it('are said', () => {
    expect(markWords(20)).toMatch(/^Each person/);
    expect(markWords(240)).toContain('the other 216 are grey');
  });
});

/** The distance of two colours in OKLab; about 0.02 is just noticed. */
function distance(a: string, b: string): number {
  const [labA, labB] = [oklab(a), oklab(b)];
  return Math.hypot(...labA.map((value, i) => value - labB[i]!));
}

function oklab(hex: string): number[] {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)) as [
    number,
    number,
    number,
  ];
  const [l, m, s] = [
    Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b),
    Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b),
    Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b),
  ];
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
