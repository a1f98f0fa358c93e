import { bestThreshold } from '../pair-figures';
import { acceptableWeight } from '../roc';

/** Scores of pairs with their kinds and folds; parallel arrays. */
export interface FoldedScores {
  readonly scores: ArrayLike<number>;
  /** 1 for a genuine pair, 0 for an impostor pair. */
  readonly same: ArrayLike<number>;
  /** From 0, below 65,536. */
  readonly folds: ArrayLike<number>;
}

/** Accuracy over folds, each at the threshold that is best on all other folds. */
export interface FoldAccuracy {
  readonly mean: number;
  /** Population deviation over the folds. */
  readonly std: number;
  readonly folds: readonly { readonly accuracy: number; readonly threshold: number }[];
}

/**
 * A method's scores, sorted once, whose figures are then taken under many weightings of the pairs.
 * With weights of 1 they are the plain figures. Thresholds are set anew under each weighting.
 */
export class RankedScores {
  /** The pair at each rank, the highest score first. */
  readonly #order: Uint32Array;
  readonly #ranked: { scores: Float64Array; same: Uint8Array; folds: Uint16Array };
  readonly #foldCount: number;
  /** The pairs that have a weight, in the same order; filled by {@link weigh}. */
  readonly #scores: Float64Array;
  readonly #weights: Float64Array;
  readonly #folds: Uint16Array;
  readonly #gains: Float64Array;
  #length = 0;
  #genuine = 0;
  #impostor = 0;

  constructor({ scores, same, folds }: FoldedScores) {
    const n = scores.length;
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    order.sort((a, b) => scores[b]! - scores[a]! || a - b);
    this.#order = order;
    this.#ranked = {
      scores: Float64Array.from(order, (pair) => scores[pair]!),
      same: Uint8Array.from(order, (pair) => same[pair]!),
      folds: Uint16Array.from(order, (pair) => folds[pair]!),
    };
    this.#foldCount = this.#ranked.folds.reduce((most, fold) => Math.max(most, fold), 0) + 1;
    this.#scores = new Float64Array(n);
    this.#weights = new Float64Array(n);
    this.#folds = new Uint16Array(n);
    this.#gains = new Float64Array(n);
    this.weigh(null);
  }

  /**
   * Weighs the pairs, for the figures asked for next.
   * @param weights of each pair, 0 or above, in the order of the pairs; null: 1 each
   */
  weigh(weights: Float64Array | null): void {
    const { scores, same, folds } = this.#ranked;
    let length = 0;
    this.#genuine = this.#impostor = 0;
    for (let rank = 0; rank < scores.length; rank++) {
      const weight = weights === null ? 1 : weights[this.#order[rank]!]!;
      if (weight === 0) continue;
      this.#scores[length] = scores[rank]!;
      this.#folds[length] = folds[rank]!;
      if (same[rank] === 1) {
        this.#genuine += weight;
        this.#weights[length] = weight;
      } else {
        this.#impostor += weight;
        this.#weights[length] = -weight;
      }
      length++;
    }
    this.#length = length;
  }

  /**
   * TAR at each FAR, as `operatingPoint` has it, and the area under the ROC curve with ties counted
   * half. NaN without pairs of both kinds.
   * @param fars in ascending order
   * @param tars where TARs are written
   * @returns the area
   */
  rates(fars: ArrayLike<number>, tars: Float64Array): number {
    const [scores, weights, length] = [this.#scores, this.#weights, this.#length];
    const [genuine, impostor] = [this.#genuine, this.#impostor];
    if (genuine === 0 || impostor === 0) {
      tars.fill(NaN);
      return NaN;
    }
    let [accepted, falsely, area, at] = [0, 0, 0, 0];
    let most = fars.length > 0 ? acceptableWeight(fars[0]!, impostor) : Infinity;
    for (let rank = 0; rank < length;) {
      // Equal scores are accepted or refused together.
      const score = scores[rank]!;
      let yes = 0;
      let no = 0;
      do {
        const weight = weights[rank]!;
        if (weight > 0) yes += weight;
        else no -= weight;
        rank++;
      } while (rank < length && scores[rank] === score);
      while (falsely + no > most) {
        tars[at++] = accepted / genuine;
        most = at < fars.length ? acceptableWeight(fars[at]!, impostor) : Infinity;
      }
      area += yes * (impostor - falsely - no / 2);
      accepted += yes;
      falsely += no;
    }
    tars.fill(1, at);
    return area / (genuine * impostor);
  }

  /**
   * Accuracy over folds, as it is reported on verification sets such as LFW. Folds without weight
   * are left out. null for fewer than two folds, or if the folds other than one have pairs of one
   * kind only.
   */
  accuracy(): FoldAccuracy | null {
    const [scores, weights, folds, length] = [
      this.#scores,
      this.#weights,
      this.#folds,
      this.#length,
    ];
    const [genuine, impostor] = [this.#ofFolds(), this.#ofFolds()];
    for (let rank = 0; rank < length; rank++) {
      const weight = weights[rank]!;
      if (weight > 0) genuine[folds[rank]!]! += weight;
      else impostor[folds[rank]!]! -= weight;
    }
    const used = [...genuine.keys()].filter((fold) => genuine[fold]! + impostor[fold]! > 0);
    const isOfOneKind = (fold: number) =>
      genuine[fold] === this.#genuine || impostor[fold] === this.#impostor;
    if (used.length < 2 || used.some(isOfOneKind)) return null;
    const ranked = { length, scores, weights };
    const { from, to } = this.#ranksNearBest(
      Math.max(...used.map((fold) => genuine[fold]! + impostor[fold]!)),
    );
    const thresholds = this.#ofFolds();
    for (const leftOut of used)
      thresholds[leftOut] = bestThreshold(ranked, { folds, leftOut, from, to }).threshold;
    const right = this.#ofFolds();
    for (let rank = 0; rank < length; rank++) {
      const [fold, weight] = [folds[rank]!, weights[rank]!];
      if (scores[rank]! >= thresholds[fold]! === weight > 0) right[fold]! += Math.abs(weight);
    }
    const each = used.map((fold) => ({
      accuracy: right[fold]! / (genuine[fold]! + impostor[fold]!),
      threshold: thresholds[fold]!,
    }));
    return { ...meanAndSpread(each.map(({ accuracy }) => accuracy)), folds: each };
  }

  /**
   * The ranks below which the best threshold may lie, whichever fold of at most `foldWeight` is
   * left out. Without the fold, thresholds gain on each other by no more than its weight, so those
   * that are worse by more on all pairs need not be searched.
   */
  #ranksNearBest(foldWeight: number): { readonly from: number; readonly to: number } {
    const [scores, weights, gains, length] = [
      this.#scores,
      this.#weights,
      this.#gains,
      this.#length,
    ];
    let gain = 0;
    let best = 0;
    for (let rank = 0; rank < length; rank++) {
      gain += weights[rank]!;
      gains[rank] = gain;
      if (gain > best && scores[rank + 1] !== scores[rank]) best = gain;
    }
    const least = best - foldWeight;
    let from = 0;
    if (least > 0) while (gains[from]! < least) from++;
    let to = length - 1;
    while (to > from && gains[to]! < least) to--;
    return { from, to };
  }

  #ofFolds(): Float64Array {
    return new Float64Array(this.#foldCount);
  }
}

/** The mean, and the population deviation from it. */
export function meanAndSpread(values: readonly number[]): {
  readonly mean: number;
  readonly std: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / values.length) };
}
