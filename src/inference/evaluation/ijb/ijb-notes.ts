import { methodNames } from '../../../confidence/confidence-method';
import { methodTitles } from '../../../confidence/methods';
import { count } from '../../../core/number-words';
import type { IjbResult } from './evaluate-ijb';

/** Items of a list that a sentence names. */
const MAX_NAMED = 10;

/** Sentences that say which templates were pooled without scores or left out, and why. */
export function leftOutNotes({
  withoutScores,
  cancelled,
}: Pick<IjbResult, 'withoutScores' | 'cancelled'>): string[] {
  return [
    ...(withoutScores.length > 0
      ? [
          `No picture has a detector score above 0 in ${templatesText(withoutScores)}: cosine ` +
            'pools each without scores.',
        ]
      : []),
    ...methodNames.flatMap((name) => {
      const left = cancelled[name];
      if (!left) return [];
      const templates = templatesText(left);
      return [
        `${methodTitles[name]} leaves out ${templates}, whose pictures cancel each other out.`,
      ];
    }),
  ];
}

/** "templates 3, 7, 12 more": the first templates of a list by number, and how many more. */
function templatesText(templates: readonly number[]): string {
  const more = templates.length - MAX_NAMED;
  const shown = templates.slice(0, MAX_NAMED).map(String);
  if (more > 0) shown.push(`${count(more)} more`);
  return `${templates.length === 1 ? 'template' : 'templates'} ${shown.join(', ')}`;
}
