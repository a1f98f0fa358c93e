import { hueColours, type Hue } from '../../evaluation/curve-styles';

/** A hue as a CSS colour that follows the page's scheme; reports have the same. */
export const themeColour = (hue: Hue): string => `light-dark(${hueColours[hue].join(', ')})`;
