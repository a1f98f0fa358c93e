import { DEFAULT_THEME } from '@mantine/core';
import { describe, expect, it } from 'vitest';
import { pageColours, theme } from './theme';

/** Relative luminance of `#rrggbb`, as WCAG defines it. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** A colour blended over another. */
function over(colour: string, background: string, opacity: number): string {
  const part = (at: number) => {
    const [above, below] = [colour, background].map((hex) => parseInt(hex.slice(at, at + 2), 16));
    const mixed = Math.round(opacity * above! + (1 - opacity) * below!);
    return mixed.toString(16).padStart(2, '0');
  };
  return `#${part(1)}${part(3)}${part(5)}`;
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const colors = { ...DEFAULT_THEME.colors, ...theme.colors } as typeof DEFAULT_THEME.colors;
const colourVariables = pageColours({ ...DEFAULT_THEME, colors });
const [light, dark]: readonly [Record<string, string>, Record<string, string>] = [
  colourVariables.light,
  colourVariables.dark,
];
/** The background of Mantine's light variant. */
const tint = (name: 'red' | 'yellow' | 'teal' | 'confidence') =>
  over(colors[name]![6]!, '#ffffff', 0.1);

describe('the page’s text colours', () => {
  it.each([
    ['dimmed text', '--mantine-color-dimmed', colors.gray[0]],
    ['red text', '--mantine-color-red-text', '#ffffff'],
    ['an alert’s title', '--mantine-color-red-light-color', tint('red')],
    ['a warning', '--mantine-color-orange-text', '#ffffff'],
    ['the wasm badge', '--mantine-color-yellow-light-color', tint('yellow')],
    ['a run that is trained', '--mantine-color-confidence-light-color', tint('confidence')],
    ['the WebGPU badge', '--mantine-color-teal-light-color', tint('teal')],
  ])('can be read in light colours: %s', (_, name, background) => {
    expect(contrast(light[name]!, background)).toBeGreaterThanOrEqual(4.5);
  });

  it('can be read on buttons that are filled with the primary colour', () => {
    const { light, dark } = theme.primaryShade as { light: 7; dark: 6 };
    for (const shade of [light, dark])
      expect(contrast('#ffffff', colors.confidence![shade]!)).toBeGreaterThanOrEqual(4.5);
  });

  it('can be read in dark colours', () => {
    expect(contrast(dark['--mantine-color-dimmed']!, colors.dark[6])).toBeGreaterThanOrEqual(4.5);
  });

  it('can be read in the colours that mean something, on the page and on a card', () => {
    const names = ['--scf-genuine', '--scf-impostor', '--scf-confidence'];
    for (const name of names) {
      for (const ground of [light['--mantine-color-body']!, '#ffffff'])
        expect(contrast(light[name]!, ground), name).toBeGreaterThanOrEqual(4.5);
      for (const ground of [dark['--mantine-color-body']!, colors.dark[6]])
        expect(contrast(dark[name]!, ground), name).toBeGreaterThanOrEqual(4.5);
    }
  });
});
