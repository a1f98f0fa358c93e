import { seededRandom } from '../../core/seeded-random';
import { subjectsOf } from './subjects';

/** What a bootstrap draws: people with all their pairs, or pairs where nobody is named. */
export type ResampledUnit = 'people' | 'pairs';

/** A pair, as far as resampling needs it. */
export interface ResampledPair {
  /** Names of the people of both sides; absent if the set names nobody. */
  readonly people?: readonly [string, string];
  readonly same: boolean;
}

/**
 * A bootstrap over people. A resample draws as many people as there are, with replacement. If
 * person i is drawn m_i times, a genuine pair of i has weight m_i and an impostor pair of i and j
 * has m_i · m_j (the vertex bootstrap of T. Snijders and S. Borgatti, Connections 22, 1999). Pairs
 * that share a person are not independent, so resampling pairs would give too narrow intervals.
 * If a pair names nobody, pairs are drawn instead.
 */
export class Resampling {
  readonly over: ResampledUnit;
  /** People, or pairs. */
  readonly units: number;
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #times: Int32Array;

  constructor(
    pairs: readonly ResampledPair[],
    readonly seed: number,
  ) {
    const numbers = new Map<string, number>();
    const numberOf = (name: string) => {
      const known = numbers.get(name) ?? numbers.size;
      numbers.set(name, known);
      return known;
    };
    this.over = pairs.every(({ people }) => people) ? 'people' : 'pairs';
    if (this.over === 'people') {
      const [first, second] = [0, 1].map((side) =>
        Int32Array.from(pairs, ({ people }) => numberOf(people![side]!)),
      ) as [Int32Array, Int32Array];
      const same = Uint8Array.from(pairs, (pair) => (pair.same ? 1 : 0));
      const { subjects, count } = subjectsOf(first, second, same, numbers.size);
      this.units = count;
      this.#first = first.map((name) => subjects[name]!);
      this.#second = second.map((name) => subjects[name]!);
    } else {
      this.units = pairs.length;
      this.#first = this.#second = Int32Array.from(pairs, (_, i) => i);
    }
    this.#times = new Int32Array(this.units);
  }

  /** Writes the weight of each pair in a resample: the same for the same seed and number. */
  weigh(resample: number, weights: Float64Array): void {
    drawTimes(this.#times, this.seed, resample);
    for (let i = 0; i < weights.length; i++)
      weights[i] = pairWeight(this.#times, this.#first[i]!, this.#second[i]!);
  }
}

/** Draws as many units with replacement as there are, and counts how often each is drawn. */
export function drawTimes(times: Int32Array, seed: number, resample: number): void {
  const random = seededRandom(seed, 0x626f6f74, resample);
  times.fill(0);
  for (let i = 0; i < times.length; i++) times[random.int(times.length)]!++;
}

/** The weight of a pair of people that were drawn so many times. */
export const pairWeight = (times: Int32Array, a: number, b: number): number =>
  a === b ? times[a]! : times[a]! * times[b]!;

/** Resamples of an interval where time allows. */
const MOST_RESAMPLES = 1000;
const FEWEST_RESAMPLES = 200;

/**
 * How many resamples an interval is taken from: 1,000, or fewer (200 at least) where `scores`, the
 * scores that each resample weighs, are many. More pairs also make the interval smoother.
 * @param budget scores weighed in all resamples together
 */
export const resamplesFor = (scores: number, budget: number): number =>
  Math.min(
    MOST_RESAMPLES,
    Math.max(FEWEST_RESAMPLES, Math.floor(budget / Math.max(1, scores) / 100) * 100),
  );
