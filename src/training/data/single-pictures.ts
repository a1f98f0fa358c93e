import type { SourceInfo } from '../../faces/face-source';
import { StudioError } from '../../core/studio-error';
import { someOf, type EmbeddingSet } from './embedding-store';

/** What a run says of people who are left out of training and validation. */
export function noticeOfSingles(people: number): string {
  const are =
    people === 1
      ? '1 person has one picture, and is'
      : `${people.toLocaleString('en')} people have one picture each; they are`;
  return `${are} left out, as a person's centre can't be made of one picture.`;
}

/** What ends a run over a set in which everybody has one picture. */
function onlySingles(source: string, people: number): StudioError {
  return new StudioError(
    'bad-source',
    `Each of the ${people.toLocaleString('en')} people of ${source} has one picture, ` +
      "and a person's centre can't be made of one picture.",
    'Point the studio at several pictures of each person, or take "centres" from a "file".',
  );
}

/**
 * Tells how many people are left out, having one picture each.
 * @param others people who have several
 * @throws StudioError `bad-source` where nobody has
 */
export function tellOfSingles(
  { onNotice }: { readonly onNotice: (text: string) => void },
  { name }: Pick<SourceInfo, 'name'>,
  singles: number,
  others: number,
): void {
  if (singles === 0) return;
  if (others === 0) throw onlySingles(name, singles);
  onNotice(noticeOfSingles(singles));
}

/** The labels that occur once. */
export function singlesAmong(labels: readonly number[]): ReadonlySet<number> {
  const [once, again] = [new Set<number>(), new Set<number>()];
  for (const label of labels) (once.has(label) ? again : once).add(label);
  for (const label of again) once.delete(label);
  return once;
}

/** The pictures of those who have several. */
export function ofSeveralPictures(set: EmbeddingSet): EmbeddingSet {
  const singles = singlesAmong(set.labels);
  if (singles.size === 0) return set;
  const several = [...set.labels.keys()].filter((index) => !singles.has(set.labels[index]!));
  return someOf(set, several);
}
