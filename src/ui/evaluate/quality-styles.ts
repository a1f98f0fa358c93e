import { methodNames } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import type { QualityKind } from '../../evaluation/discard/pair-qualities';
import { methodStyles } from './method-styles';

/** How a quality's curve is drawn. */
export interface QualityStyle {
  readonly colour: string;
  readonly dash?: string;
}

const fixed: Readonly<Record<Exclude<QualityKind, 'confidence' | 'file'>, QualityStyle>> = {
  norm: { colour: 'var(--mantine-color-lime-7)', dash: '2 3' },
  detector: { colour: 'var(--mantine-color-cyan-6)', dash: '8 3' },
  size: { colour: 'var(--mantine-color-pink-5)', dash: '4 2' },
  sharpness: { colour: 'var(--mantine-color-yellow-7)', dash: '6 2 2 2' },
  chance: { colour: 'var(--mantine-color-gray-6)', dash: '1 4' },
};
/** Of external qualities, in turn. */
const ofFiles = ['violet', 'blue', 'green', 'dark'].map((name) => `var(--mantine-color-${name}-6)`);

/** The styles of qualities, in their order. A head's confidence has the colour of its method. */
export function qualityStyles(
  qualities: readonly { readonly name: string; readonly kind: QualityKind }[],
): QualityStyle[] {
  let files = 0;
  return qualities.map(({ name, kind }): QualityStyle => {
    switch (kind) {
      case 'confidence': {
        const method = methodNames.find((each) => name.endsWith(` of ${methodTitles[each]}`));
        return method ? methodStyles[method] : methodStyles.scf;
      }
      case 'file':
        return { colour: ofFiles[files++ % ofFiles.length]!, dash: files > 4 ? '10 4' : undefined };
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
