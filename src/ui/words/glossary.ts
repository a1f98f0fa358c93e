import { dataWords } from './glossary/data-words';
import { evaluationWords } from './glossary/evaluation-words';
import type { GlossaryEntry } from './glossary/glossary-entry';
import { methodWords } from './glossary/method-words';
import { sphereWords } from './glossary/sphere-words';
import { trainingWords } from './glossary/training-words';

/** Every symbol and word that the page explains, by the name that `<Term>` takes. */
const words = {
  ...sphereWords,
  ...methodWords,
  ...trainingWords,
  ...evaluationWords,
  ...dataWords,
} as const;

export type TermName = keyof typeof words;

/** What the page says of each of them. */
export const glossary: Readonly<Record<TermName, GlossaryEntry>> = words;
