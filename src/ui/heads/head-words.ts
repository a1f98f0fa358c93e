import { methodTitles } from '../../confidence/methods';
import { faceKindWords } from '../../models/heads/ready-head-list';
import type { AvailableHead, HeadChoice, HeadInUse } from '../../studio/protocol';
import { weaknessOf } from '../../training/head-file/head-weakness';

/** The name of a head, short enough for a chip. */
export function headName({ kind, faces, name, step }: AvailableHead): string {
  switch (kind) {
    case 'studio':
      return faces === 'drawn' ? 'drawn-faces head' : 'CelebA head';
    case 'run':
      return step === null ? 'this run' : `this run, step ${step}`;
    case 'file':
      // A file's name has its ending; that of a kept run is one that a person gave it.
      return name;
    default:
      return kind satisfies never;
  }
}

/** Why a head reads faces, as a sentence. */
export function reasonSentence({ reason }: HeadInUse): string {
  switch (reason) {
    case 'chosen':
      return 'You chose it.';
    case 'photographs':
      return 'Chosen by itself: it was trained on photographs.';
    case 'drawn':
      return 'Chosen by itself: these faces are drawn, and it was trained on drawn faces.';
    case 'mixed':
      return (
        'Chosen by itself: one score needs one head, and not all faces are drawn. The drawn ones ' +
        'are unfamiliar to it.'
      );
    case 'no-drawn-head':
      return (
        'Chosen by itself: these faces are drawn and unfamiliar to it, but there is no head for ' +
        'drawn faces.'
      );
    case 'not-scf':
      return 'The head that you chose gives single faces no κ, so the studio’s own reads them.';
    default:
      return reason satisfies never;
  }
}

/** What a choice does, for a menu. */
export function choiceWords(choice: HeadChoice): string {
  if (choice.kind !== 'studio')
    return choice.kind === 'run' ? 'Trained here' : 'From a file or a kept run';
  if (choice.faces === 'auto') return 'The studio’s own, by the faces shown';
  return `The studio’s own for ${faceKindWords[choice.faces]}, always`;
}

/** The choice of one head. */
export const choiceOf = ({ kind, faces }: AvailableHead): HeadChoice =>
  kind === 'studio' ? { kind, faces: faces! } : { kind };

export const isSameChoice = (one: HeadChoice, other: HeadChoice): boolean =>
  one.kind === other.kind &&
  (one.kind !== 'studio' || other.kind !== 'studio' || one.faces === other.faces);

/**
 * Why a head should not be trusted, as a sentence; null if there is no known problem.
 * @param isTraining κ of a head that is still being trained is expected to vary little at first
 */
export const problemOf = (
  { kind, collapse, readings }: HeadInUse,
  isTraining: boolean,
): string | null => collapse ?? (kind === 'run' && isTraining ? null : weaknessOf(readings));

/**
 * The heads of an evaluation, as a sentence: "SCF by the CelebA head; PFE-G by this run, step 900."
 */
export function evaluatedSentence(heads: readonly AvailableHead[]): string {
  const methods = new Map<string, string[]>();
  for (const head of heads) {
    const name = headName(head);
    methods.set(name, [...(methods.get(name) ?? []), methodTitles[head.method]]);
  }
  const parts = [...methods].map(([name, titles]) => `${titles.join(', ')} by ${name}`);
  return parts.length === 0 ? 'There is no head: only cosine.' : `${parts.join('; ')}.`;
}
