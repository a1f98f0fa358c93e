import { count } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';

/*
 * An evaluation needs pairs of both kinds: with one, neither an accuracy nor a rate can be
 * computed.
 */

/** Only whether a pair shows one person matters here. */
interface Pair {
  readonly same: boolean;
}

/**
 * @param name of the list or the file
 * @throws StudioError `bad-source` if there are pairs of one kind only
 */
export function requireBothKinds(pairs: readonly Pair[], name: string): void {
  const kinds = kindsOf(pairs);
  if (pairs.length === 0 || kinds.missing === null) return;
  const all = pairs.length === 1 ? 'Its one pair is' : `All ${count(pairs.length)} pairs are`;
  throw new StudioError(
    'bad-source',
    `${name} has no ${kinds.missing} pair. ${all} ${kinds.present}; an evaluation needs both ` +
      `kinds.`,
    'Choose a list with genuine and impostor pairs.',
  );
}

/**
 * Says that all pairs of one kind were lost, and what follows; null if there are both.
 * @param protocol its name in results
 * @param planned the pairs that were to be scored
 * @param scored those with a score
 */
export function lostKindNotice(
  protocol: string,
  planned: readonly Pair[],
  scored: readonly Pair[],
): string | null {
  const { missing, present } = kindsOf(scored);
  if (scored.length === 0 || missing === null) return null;
  const wanted = planned.filter(({ same }) => same === (missing === 'genuine')).length;
  return (
    `None of the ${count(wanted)} ${missing} pairs of “${protocol}” has a score: of ` +
    `${present} pairs alone, neither accuracy nor TAR at FAR can be computed.`
  );
}

function kindsOf(pairs: readonly Pair[]) {
  const genuine = pairs.some(({ same }) => same);
  const impostor = pairs.some(({ same }) => !same);
  if (genuine && !impostor) return { missing: 'impostor', present: 'genuine' } as const;
  if (impostor && !genuine) return { missing: 'genuine', present: 'impostor' } as const;
  return { missing: null, present: null } as const;
}
