/** The largest label that a text may say: more people than any set has. */
const MAX_LABEL = 99_999_999;

/** A label's number, or null for what is none: digits alone, up to {@link MAX_LABEL}. */
export function labelOf(text: string): number | null {
  return /^\d{1,8}$/.test(text) ? Number(text) : null;
}

/** What is said of a label that is none, as the end of a sentence. */
export function labelTrouble(text: string): string {
  const shown = text.length > 20 ? `${text.slice(0, 20)}…` : text;
  const largest = MAX_LABEL.toLocaleString('en');
  return `its label is "${shown}"; whole numbers from 0 to ${largest} are read`;
}
