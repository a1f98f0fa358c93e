import { seededRandom } from '../../core/seeded-random';
import { methodFigures } from './method-figures';
import { Resampling } from './resampling';

/** Pairs and resamples that are timed: a tenth of a second. */
const PAIRS = 2000;
const TIMED = 60;
/** Timings; the quickest counts, since others may have waited for the machine. */
const TIMINGS = 3;
/** Resamples of a set of so many pairs. */
const RESAMPLES = 1000;
const PEOPLE = 50;

/**
 * How long the intervals of one method take on this machine, in seconds, by a few resamples of
 * random scores that are timed now.
 * @param pairs of the set, some thousands
 */
export function secondsOfIntervals(pairs: number): number {
  const random = seededRandom(1);
  const people = Array.from({ length: PAIRS }, (_, i): [string, string] => [
    String(i % PEOPLE),
    String((i + (i % 5 === 0 ? 0 : 1)) % PEOPLE),
  ]);
  const same = Uint8Array.from(people, ([a, b]) => (a === b ? 1 : 0));
  const set = people.map((names, i) => ({ people: names, same: same[i] === 1, fold: i % 10 }));
  const scores = Float64Array.from(same, (kind) => kind + random.normal());
  const time = (resamples: number) => {
    const startedAt = performance.now();
    methodFigures({
      scores: [[scores]],
      same,
      folds: Uint16Array.from(set, ({ fold }) => fold),
      cosine: 0,
      resampling: new Resampling(set, 1),
      resamples,
    });
    return performance.now() - startedAt;
  };
  // The first ones are slow, until the browser has compiled them.
  time(TIMED);
  const quickest = Math.min(...Array.from({ length: TIMINGS }, () => time(TIMED)));
  return (quickest / TIMED / PAIRS) * pairs * (RESAMPLES / 1000);
}
