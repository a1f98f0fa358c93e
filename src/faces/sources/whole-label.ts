import { count } from '../../core/number-words';

/** Largest label accepted in text form: more people than any data set has. */
const MAX_LABEL = 99_999_999;

/** Parses a label: digits alone, up to {@link MAX_LABEL}. Null for anything else. */
export function labelOf(text: string): number | null {
  return /^\d{1,8}$/.test(text) ? Number(text) : null;
}

/** Why a text isn't a label, as the end of a sentence. */
export function badLabelReason(text: string): string {
  const shown = text.length > 20 ? `${text.slice(0, 20)}…` : text;
  return `its label is "${shown}"; whole numbers from 0 to ${count(MAX_LABEL)} are read`;
}
