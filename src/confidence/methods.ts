import {
  type ConfidenceMethod,
  methodNames,
  type MethodName,
  type MethodSettings,
  type TrainedMethodName,
} from './confidence-method';
import { cosine } from './cosine';
import { pfeG, scfG } from './gaussian';
import { pfeV, scf, scfCalibrated } from './scf';

/**
 * Makes a method by name.
 * @throws RangeError for `scf-calibrated` without a calibration
 */
export function createMethod(
  name: MethodName,
  { radius, calibration }: MethodSettings,
): ConfidenceMethod {
  switch (name) {
    case 'cosine':
      return cosine;
    case 'scf':
      return scf(radius);
    case 'scf-calibrated':
      if (!calibration)
        throw new RangeError(
          'scf-calibrated takes the two numbers that its head was calibrated with; there are none.',
        );
      return scfCalibrated(radius, calibration);
    case 'scf-g':
      return scfG;
    case 'pfe-g':
      return pfeG;
    case 'pfe-v':
      return pfeV(radius);
    default:
      return name satisfies never;
  }
}

/** Titles of the methods, for people. */
export const methodTitles: Readonly<Record<MethodName, string>> = {
  cosine: 'Cosine',
  scf: 'SCF',
  'scf-calibrated': 'SCF, calibrated',
  'scf-g': 'SCF-G',
  'pfe-g': 'PFE-G',
  'pfe-v': 'PFE-v',
};

/** Symbols for the outputs of the methods' heads. */
export const confidenceSymbols: Readonly<Record<TrainedMethodName, string>> = {
  scf: 'κ',
  'scf-g': '1/σ²',
  'pfe-g': '1/σ²',
  'pfe-v': 'κ',
};

/**
 * Calibrated SCF decides on a pair where there is one, and cosine only where there is nothing else.
 */
const VERDICT_ORDER: readonly MethodName[] = [
  'scf-calibrated',
  ...methodNames.filter((name) => name !== 'scf-calibrated' && name !== 'cosine'),
  'cosine',
];

/** The methods that scored a pair, in the order in which they are gone by. */
export const methodsInOrder = (
  scores: Readonly<Partial<Record<MethodName, number>>>,
): MethodName[] => VERDICT_ORDER.filter((method) => scores[method] !== undefined);
