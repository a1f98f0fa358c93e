import { methodNames, type MethodName } from '../confidence/confidence-method';
import { methodTitles } from '../confidence/methods';
import type { QualityKind } from './discard/pair-qualities';

/** A colour of a curve, by the name that the page's theme and a report's style have for it. */
export type Hue =
  | 'gray'
  | 'indigo'
  | 'teal'
  | 'orange'
  | 'grape'
  | 'red'
  | 'lime'
  | 'cyan'
  | 'pink'
  | 'yellow'
  | 'violet'
  | 'blue'
  | 'green'
  | 'dark';

/** Each hue on a light ground and on a dark one; both at least 3 : 1 against it. */
export const hueColours: Readonly<Record<Hue, readonly [light: string, dark: string]>> = {
  gray: ['#6b7280', '#9aa3af'],
  indigo: ['#3b5bdb', '#91a7ff'],
  teal: ['#0f7b6c', '#38d9a9'],
  orange: ['#c2571a', '#ffa94d'],
  grape: ['#9c36b5', '#e599f7'],
  red: ['#c92a2a', '#ff8787'],
  lime: ['#4f7a0c', '#a9e34b'],
  cyan: ['#0c8599', '#66d9e8'],
  pink: ['#c2255c', '#faa2c1'],
  yellow: ['#8f6400', '#ffd43b'],
  violet: ['#6741d9', '#b197fc'],
  blue: ['#1971c2', '#74c0fc'],
  green: ['#2b8a3e', '#8ce99a'],
  dark: ['#343a40', '#dee2e6'],
};

/** How a curve is drawn: colour alone would not distinguish curves for everybody. */
export interface CurveStyle {
  readonly hue: Hue;
  /** Lengths of dashes and gaps, in pixels; a whole line without it. */
  readonly dash?: string;
}

/** The style of each method's curve. */
export const methodStyles: Readonly<Record<MethodName, CurveStyle>> = {
  cosine: { hue: 'gray' },
  scf: { hue: 'indigo' },
  'scf-calibrated': { hue: 'teal', dash: '6 3' },
  'scf-g': { hue: 'orange', dash: '2 3' },
  'pfe-g': { hue: 'grape', dash: '8 3 2 3' },
  'pfe-v': { hue: 'red', dash: '1 4' },
};

const fixed: Readonly<Record<Exclude<QualityKind, 'confidence' | 'file'>, CurveStyle>> = {
  norm: { hue: 'lime', dash: '2 3' },
  detector: { hue: 'cyan', dash: '8 3' },
  size: { hue: 'pink', dash: '4 2' },
  sharpness: { hue: 'yellow', dash: '6 2 2 2' },
  chance: { hue: 'gray', dash: '1 4' },
};
/** Of external qualities, in turn. */
const ofFiles: readonly Hue[] = ['violet', 'blue', 'green', 'dark'];

/** The styles of qualities, in their order. A head's confidence has the colour of its method. */
export function qualityStyles(
  qualities: readonly { readonly name: string; readonly kind: QualityKind }[],
): CurveStyle[] {
  let files = 0;
  return qualities.map(({ name, kind }): CurveStyle => {
    switch (kind) {
      case 'confidence': {
        const method = methodNames.find((each) => name.endsWith(` of ${methodTitles[each]}`));
        return method ? methodStyles[method] : methodStyles.scf;
      }
      case 'file':
        return { hue: ofFiles[files++ % ofFiles.length]!, dash: files > 4 ? '10 4' : undefined };
      case 'norm':
      case 'detector':
      case 'size':
      case 'sharpness':
      case 'chance':
        return fixed[kind];
      default:
        return kind satisfies never;
    }
  });
}
