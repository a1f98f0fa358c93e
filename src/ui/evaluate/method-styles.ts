import type { MethodName } from '../../confidence/confidence-method';

/** The colour and dash of each method: colour alone would not distinguish them for everybody. */
export const methodStyles: Readonly<
  Record<MethodName, { readonly colour: string; readonly dash?: string }>
> = {
  cosine: { colour: 'var(--mantine-color-gray-6)' },
  scf: { colour: 'var(--mantine-color-indigo-6)' },
  'scf-calibrated': { colour: 'var(--mantine-color-teal-6)', dash: '6 3' },
  'scf-g': { colour: 'var(--mantine-color-orange-6)', dash: '2 3' },
  'pfe-g': { colour: 'var(--mantine-color-grape-6)', dash: '8 3 2 3' },
  'pfe-v': { colour: 'var(--mantine-color-red-6)', dash: '1 4' },
};
