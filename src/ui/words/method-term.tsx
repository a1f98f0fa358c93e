import type { ReactNode } from 'react';
import type { MethodName } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import type { TermName } from './glossary';
import { Term } from './term';

/** Methods that the glossary explains. */
const methodTerms: Readonly<Partial<Record<MethodName, TermName>>> = {
  cosine: 'cosine',
  scf: 'scf',
  'scf-calibrated': 'calibrated',
  'scf-g': 'scfG',
  'pfe-g': 'pfeG',
  'pfe-v': 'pfeV',
};

/** A method's title, or other words for it, which explain themselves. */
export function MethodTerm({
  method,
  children = methodTitles[method],
}: {
  method: MethodName;
  children?: ReactNode;
}) {
  const term = methodTerms[method];
  return term ? <Term name={term}>{children}</Term> : children;
}
