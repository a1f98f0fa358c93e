import type { Hue } from '../../evaluation/curve-styles';

/** Hues that are told from their neighbours better in another shade than the sixth. */
const shades: Readonly<Partial<Record<Hue, number>>> = { lime: 7, yellow: 7, pink: 5 };

/** A hue as a variable of the page's theme. */
export const themeColour = (hue: Hue): string => `var(--mantine-color-${hue}-${shades[hue] ?? 6})`;
