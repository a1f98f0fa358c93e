import { count } from '../../core/number-words';
import type { SourceInfo } from '../../faces/face-source';
import { StudioError } from '../../core/studio-error';
import { subsetOf, type EmbeddingSet } from './embedding-store';

/** Says how many people are left out of training and validation. */
export function noticeOfSingles(people: number): string {
  const are =
    people === 1
      ? '1 person has one picture, and is'
      : `${count(people)} people have one picture each; they are`;
  return `${are} left out, as a person's centre can't be made of one picture.`;
}

/** The error for a set in which everybody has one picture. */
function onlySingles(source: string, people: number): StudioError {
  return new StudioError(
    'bad-source',
    `Each of the ${count(people)} people of ${source} has one picture, ` +
      "and a person's centre can't be made of one picture.",
    'Point the studio at several pictures of each person, or take "centres" from a "file".',
  );
}

/**
 * Reports how many people are left out because they have one picture.
 * @param others people with several pictures
 * @throws StudioError `bad-source` if there are no others
 */
export function reportSingles(
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
export function singleLabels(labels: readonly number[]): ReadonlySet<number> {
  const once = new Set<number>();
  const again = new Set<number>();
  for (const label of labels) {
    if (once.has(label)) again.add(label);
    else once.add(label);
  }
  for (const label of again) once.delete(label);
  return once;
}

/** The pictures of people who have several. */
export function withoutSingles(set: EmbeddingSet): EmbeddingSet {
  const singles = singleLabels(set.labels);
  if (singles.size === 0) return set;
  const several = [...set.labels.keys()].filter((index) => !singles.has(set.labels[index]!));
  return subsetOf(set, several);
}
