import { Z95 } from './wilson-interval';

/** How many of the reference pairs nearest to a score are looked at, where there are enough. */
const NEAREST = 1000;
/** At most this share of all pairs counts as near. */
const NEAREST_SHARE = 0.1;

/** What the reference pairs near a score are. */
export interface GenuineNear {
  /** Share of genuine pairs, 0..1, if as many impostor pairs as genuine ones are tried. */
  readonly share: number;
  /** Its 95 % interval, by the log odds. Pairs count as independent of each other. */
  readonly interval: readonly [low: number, high: number];
  /** How many pairs were looked at. */
  readonly pairs: number;
}

/**
 * How likely a pair with this score is genuine: from the reference pairs with the nearest scores,
 * with both kinds weighed as if they were equally common. With g of n genuine and i of m impostor
 * scores near, the log odds are ln((g + ½) / n) − ln((i + ½) / m), with variance 1 / (g + ½) +
 * 1 / (i + ½) (Haldane and Anscombe's correction, so that none is no certainty).
 * @returns null if there are no pairs of one of the kinds
 */
export function genuineNear(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
  score: number,
): GenuineNear | null {
  const total = genuine.length + impostor.length;
  if (genuine.length === 0 || impostor.length === 0) return null;
  const distances = new Float64Array(total);
  for (let i = 0; i < genuine.length; i++) distances[i] = Math.abs(genuine[i]! - score);
  for (let i = 0; i < impostor.length; i++)
    distances[genuine.length + i] = Math.abs(impostor[i]! - score);
  const wanted = Math.min(NEAREST, Math.ceil(NEAREST_SHARE * total));
  const radius = Float64Array.from(distances).sort()[wanted - 1]!;
  const near = (from: number, to: number) => {
    let count = 0;
    for (let i = from; i < to; i++) if (distances[i]! <= radius) count++;
    return count;
  };
  const [g, i] = [near(0, genuine.length), near(genuine.length, total)];
  const logOdds = Math.log((g + 0.5) / genuine.length) - Math.log((i + 0.5) / impostor.length);
  const reach = Z95 * Math.sqrt(1 / (g + 0.5) + 1 / (i + 0.5));
  return {
    share: logistic(logOdds),
    interval: [logistic(logOdds - reach), logistic(logOdds + reach)],
    pairs: g + i,
  };
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
