import { count, counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import { isOwnQuality, type ExternalQuality } from '../../evaluation/discard/pair-qualities';
import { matchPictures } from '../../formats/pairs/match-pictures';
import type { QualityScore } from '../../formats/pairs/quality-scores';
import type { PictureTask, PlannedFace, PlannedPair } from '../picture-plan';

/** Qualities of pictures from a file that another program wrote. */
export interface QualityFile {
  /** Of the quality, for people. */
  readonly name: string;
  /** Of the file, for messages. */
  readonly file: string;
  readonly lowerIsBetter: boolean;
  readonly scores: readonly QualityScore[];
}

/** A file's qualities by the pictures of a set. */
export interface MatchedQuality {
  readonly name: string;
  readonly lowerIsBetter: boolean;
  readonly byPicture: ReadonlyMap<string, number>;
  /** What of the file or of the set is left over, as a sentence; null if nothing is. */
  readonly notice: string | null;
}

/**
 * Finds the qualities of a set's pictures in files.
 * @param pictures the set's pictures, by name
 * @throws StudioError `bad-config` for two qualities of one name, or one that the studio's own
 * quality has; `bad-source` for a file without any of the pictures
 */
export function matchQualities(
  files: readonly QualityFile[],
  pictures: readonly string[],
): MatchedQuality[] {
  files.forEach(({ name }, i) => {
    const isTaken = isOwnQuality(name) || files.findIndex((each) => each.name === name) < i;
    if (isTaken || name.trim() === '')
      throw new StudioError(
        'bad-config',
        `"${name}" is no new name for a quality; one that no other quality has was expected.`,
        'Name it otherwise.',
      );
  });
  return files.map((file) => matchQuality(file, pictures));
}

function matchQuality(
  { name, file, lowerIsBetter, scores }: QualityFile,
  pictures: readonly string[],
): MatchedQuality {
  const { indexes, missing, unmatched } = matchPictures(
    pictures,
    scores.map(({ picture }) => picture),
  );
  if (indexes.size === 0)
    throw new StudioError(
      'bad-source',
      `${file} names none of the ${count(pictures.length)} pictures: it begins with ` +
        `${scores[0]!.picture}, and they with ${pictures[0] ?? 'none'}.`,
      'Choose the qualities of these pictures.',
    );
  const notices: string[] = [];
  if (missing.length > 0)
    notices.push(
      `${count(missing.length)} of ${counted(pictures.length, 'picture')} ` +
        `${missing.length === 1 ? 'has' : 'have'} no quality in ` +
        `${file} (the first is ${missing[0]!}): their pairs are left out of the row ${name}`,
    );
  if (unmatched.length > 0) {
    const { picture, line } = scores[unmatched[0]!]!;
    notices.push(
      `${counted(unmatched.length, 'line')} of ${file} ` +
        `${unmatched.length === 1 ? 'fits' : 'fit'} no picture (the first is line ` +
        `${count(line)}, ${picture})`,
    );
  }
  return {
    name,
    lowerIsBetter,
    byPicture: new Map([...indexes].map(([picture, index]) => [picture, scores[index]!.score])),
    notice: notices.length === 0 ? null : `${notices.join('; ')}.`,
  };
}

/**
 * A file's quality of each side of pairs; a template has the mean of its pictures. It says nothing
 * of pictures that were degraded here.
 */
export function externalQuality(
  { name, lowerIsBetter, byPicture }: MatchedQuality,
  pairs: readonly Pick<PlannedPair, 'a' | 'b'>[],
  tasks: readonly PictureTask[],
): ExternalQuality {
  const isDegraded = ({ picture, variant }: PlannedFace) =>
    tasks[picture]!.variants[variant] !== null;
  if (pairs.some(({ a, b }) => a.some(isDegraded) || b.some(isDegraded)))
    return { name, reason: 'is of the pictures as they are, and some of these are degraded' };
  const mean = (faces: readonly PlannedFace[]) =>
    faces.reduce((sum, { picture }) => sum + (byPicture.get(tasks[picture]!.picture) ?? NaN), 0) /
    faces.length;
  const sides = {
    a: Float64Array.from(pairs, ({ a }) => mean(a)),
    b: Float64Array.from(pairs, ({ b }) => mean(b)),
  };
  const isKnown = pairs.some((_, i) => !Number.isNaN(sides.a[i]! + sides.b[i]!));
  return isKnown
    ? { name, sides, lowerIsBetter }
    : { name, reason: 'is known for both sides of no pair' };
}
