import { quantile } from '../distribution';
import { drawTimes, pairWeight } from '../statistics/resampling';
import type { IjbScores } from './ijb-scores';
import { sortInPieces } from './sort-in-pieces';

/** The people of a release's pairs, and resamples of them. */
export class IjbResampling {
  /** The weight of all pairs in each resample; NaN until it is summed. */
  readonly #totals: Float64Array;

  /**
   * @param first @param second the person of each pair's sides, numbered from 0; parallel arrays
   */
  constructor(
    readonly first: Int32Array,
    readonly second: Int32Array,
    readonly people: number,
    readonly seed: number,
    readonly resamples: number,
  ) {
    this.#totals = new Float64Array(resamples).fill(NaN);
  }

  /**
   * Draws a resample: writes how often each person is drawn.
   * @returns the weight of all pairs, which is summed once for all methods
   */
  draw(resample: number, times: Int32Array): number {
    drawTimes(times, this.seed, resample);
    if (Number.isNaN(this.#totals[resample])) this.#totals[resample] = this.#weightOfAll(times);
    return this.#totals[resample]!;
  }

  #weightOfAll(times: Int32Array): number {
    const { first, second } = this;
    let total = 0;
    for (let start = 0; start < first.length; start += BLOCK) {
      const end = Math.min(first.length, start + BLOCK);
      // Whole numbers of 32 bits, which is fast; a block's sum stays far below their limit.
      let sum = 0;
      for (let i = start; i < end; i++) {
        sum = (sum + pairWeight(times, first[i]!, second[i]!)) | 0;
      }
      total += sum;
    }
    return total;
  }
}

/** Pairs whose weights are summed as whole numbers. */
const BLOCK = 4096;
/** Of more impostor pairs than this, only those with the best scores are sorted. */
const MOST_SORTED = 1_000_000;
/** The share of them, as a multiple of the highest FAR: a resample may weigh them less. */
const TAIL = 2;

/** Pairs by descending score, with the people of their sides. */
interface RankedPairs {
  readonly scores: Float64Array;
  readonly first: Int32Array;
  readonly second: Int32Array;
}

/**
 * TAR at each FAR by the rule of `ijbFigures`, in resamples of the people. Pairs are weighed as
 * `Resampling` weighs them. A FAR depends only on the best impostor scores, so of millions of pairs
 * only the total weight is summed in each resample.
 * @param fars in ascending order
 * @param turns `yieldToEventLoop` is awaited in each resample, and while scores are sorted: it lets
 * the worker handle messages, and throws to abort
 * @returns for each FAR, the TAR in each resample; NaN where a resample has no pairs of a kind
 */
export async function resampledTars(
  scores: IjbScores,
  fars: readonly number[],
  resampling: IjbResampling,
  {
    onProgress,
    yieldToEventLoop,
  }: {
    readonly onProgress?: (resamples: number) => void;
    readonly yieldToEventLoop?: (() => Promise<void>) | undefined;
  } = {},
): Promise<Float64Array[]> {
  const { people, resamples } = resampling;
  const ranked = async (of: Float64Array, pairs: Uint32Array, some: Uint32Array | null) => {
    const order = some ?? new Uint32Array(of.length).map((_, i) => i);
    const compare = (a: number, b: number) => of[b]! - of[a]! || a - b;
    await sortInPieces(order, { compare, yieldToEventLoop });
    return rankedPairs(of, pairs, order, resampling);
  };
  const tail = impostorTail(scores.impostor, TAIL * fars.at(-1)!);
  const genuine = await ranked(scores.genuine, scores.genuinePairs, null);
  const impostor = await ranked(scores.impostor, scores.impostorPairs, tail);
  const others = withoutScore(scores.impostorPairs, resampling.first.length);
  const times = new Int32Array(people);
  const tars = fars.map(() => new Float64Array(resamples));
  for (let resample = 0; resample < resamples; resample++) {
    const all = resampling.draw(resample, times);
    const refused = refusedScores(impostor, times, fars, all - weightOf(others, times, resampling));
    fars.forEach((_, i) => {
      tars[i]![resample] = acceptedShare(genuine, times, refused[i]!);
    });
    onProgress?.(resample + 1);
    await yieldToEventLoop?.();
  }
  return tars;
}

/** Indices of the best impostor scores, about the given share of them; null for all. */
function impostorTail(impostor: Float64Array, share: number): Uint32Array | null {
  if (impostor.length <= MOST_SORTED || share >= 1) return null;
  const step = Math.floor(impostor.length / 100_000);
  const sample = Float64Array.from({ length: 100_000 }, (_, i) => impostor[i * step]!);
  const least = quantile(sample, 1 - share);
  const tail = new Uint32Array(impostor.reduce((n, score) => n + (score >= least ? 1 : 0), 0));
  let at = 0;
  for (let i = 0; i < impostor.length; i++) if (impostor[i]! >= least) tail[at++] = i;
  return tail;
}

/** Pairs in an order of their scores. */
function rankedPairs(
  scores: Float64Array,
  pairs: Uint32Array,
  order: Uint32Array,
  { first, second }: IjbResampling,
): RankedPairs {
  const sides = (people: Int32Array) => {
    const ranked = new Int32Array(order.length);
    order.forEach((i, rank) => (ranked[rank] = people[pairs[i]!]!));
    return ranked;
  };
  const ranked = new Float64Array(order.length);
  order.forEach((i, rank) => (ranked[rank] = scores[i]!));
  return { scores: ranked, first: sides(first), second: sides(second) };
}

/** The pairs without an impostor score, out of so many: genuine ones, and those without a face. */
function withoutScore(impostorPairs: Uint32Array, pairs: number): Uint32Array {
  const others = new Uint32Array(pairs - impostorPairs.length);
  let [at, next] = [0, 0];
  for (let pair = 0; pair < pairs; pair++) {
    if (impostorPairs[next] === pair) next++;
    else others[at++] = pair;
  }
  return others;
}

function weightOf(pairs: Uint32Array, times: Int32Array, { first, second }: IjbResampling): number {
  let total = 0;
  for (const pair of pairs) total += pairWeight(times, first[pair]!, second[pair]!);
  return total;
}

/**
 * The best impostor score that is refused at each FAR: of the possible thresholds, the one whose
 * FAR is nearest; of equally near ones, the lower. NaN where the scores at hand don't reach it.
 */
function refusedScores(
  { scores, first, second }: RankedPairs,
  times: Int32Array,
  fars: readonly number[],
  total: number,
): number[] {
  const refused = fars.map(() => NaN);
  if (total === 0) return refused;
  let at = 0;
  // FARs before `at` whose threshold lies just below the group that was passed last.
  let waiting = 0;
  let before = 0;
  for (let rank = 0; rank < scores.length && waiting < fars.length;) {
    const score = scores[rank]!;
    let weight = 0;
    do {
      weight += pairWeight(times, first[rank]!, second[rank]!);
      rank++;
    } while (rank < scores.length && scores[rank] === score);
    if (weight === 0) continue;
    for (; waiting < at; waiting++) if (Number.isNaN(refused[waiting])) refused[waiting] = score;
    const after = before + weight;
    for (; at < fars.length && after > fars[at]! * total; at++) {
      const wanted = fars[at]! * total;
      if (wanted - before < after - wanted) refused[at] = score;
    }
    before = after;
  }
  // Every pair is accepted where the threshold lies below the last of them.
  if (before === total) return refused.map((score) => (Number.isNaN(score) ? -Infinity : score));
  return refused;
}

/** The share of the genuine pairs' weight above a score; NaN for NaN, and without any weight. */
function acceptedShare(
  { scores, first, second }: RankedPairs,
  times: Int32Array,
  refused: number,
): number {
  if (Number.isNaN(refused)) return NaN;
  let [accepted, total] = [0, 0];
  for (let rank = 0; rank < scores.length; rank++) {
    const weight = pairWeight(times, first[rank]!, second[rank]!);
    total += weight;
    if (scores[rank]! > refused) accepted += weight;
  }
  return accepted / total;
}
