import { histogram, type HistogramBin } from '../../../evaluation/distribution';
import { verdictOn, type HeldScore } from './verdict';

/**
 * The common scale of all methods: how far a score is above its threshold, in standard deviations
 * of that method's own reference scores. The deviation is pooled over the pairs of one person and
 * those of two, √((s² + s²)/2), as in d′, so that a method that separates the two no better than
 * another isn't drawn further from the threshold. A position by the tail of the pairs of two people
 * was the other choice; it has nothing to say beyond the best of them, where most pairs of one
 * person lie.
 */
export interface MarginScale {
  readonly threshold: number;
  /** Of the method's scores; > 0. */
  readonly deviation: number;
}

/** The scale of a method's scores at a FAR; null where that rate can't be measured. */
export function marginScale(held: HeldScore, far: number): MarginScale | null {
  const verdict = verdictOn(held, far);
  if (!verdict) return null;
  const { genuine, impostor } = held.among;
  const pooled = Math.sqrt((varianceOf(genuine) + varianceOf(impostor)) / 2);
  return { threshold: verdict.point.threshold, deviation: pooled || 1 };
}

/** How far a score is above the threshold of its scale. */
export const marginOf = (score: number, { threshold, deviation }: MarginScale): number =>
  (score - threshold) / deviation;

/** Margins up to about this lie on a straight axis; larger ones are drawn closer together. */
const STRAIGHT = 0.5;

/**
 * The place of a margin on the axis: arsinh, straight around the threshold and logarithmic far from
 * it, since most pairs of two people score far below it and few decide.
 */
export const axisPlace = (margin: number): number => Math.asinh(margin / STRAIGHT);

/**
 * The reference scores of a method over bins of the axis, in places of {@link axisPlace}. The
 * shares of each kind add up to 1.
 */
export function marginHistogram(
  { among }: HeldScore,
  scale: MarginScale,
  bins: number,
): HistogramBin[] {
  const placed = (scores: Float32Array) => scores.map((score) => axisPlace(marginOf(score, scale)));
  return histogram(placed(among.genuine), placed(among.impostor), bins);
}

/**
 * The ends of an axis, in places, that shows reference scores, the threshold and these margins,
 * with a little space at both.
 */
export function axisEnds(
  bins: readonly HistogramBin[],
  margins: readonly number[],
): readonly [number, number] {
  const all = [
    0,
    ...margins.map(axisPlace),
    ...(bins.length > 0 ? [bins[0]!.from, bins.at(-1)!.to] : []),
  ];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const space = 0.04 * (high - low || 1);
  return [low - space, high + space];
}

/** The margins that an axis names: 0, and 1, 2 and 5 times powers of ten on both sides. */
export function axisTicks([low, high]: readonly [number, number]): number[] {
  const steps = [0.5, 1, 2, 5, 10, 20, 50, 100];
  return [...steps.map((step) => -step).reverse(), 0, ...steps].filter((tick) => {
    const place = axisPlace(tick);
    return place >= low && place <= high;
  });
}

function varianceOf(scores: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const score of scores) sum += score;
  const mean = sum / scores.length;
  for (const score of scores) squares += (score - mean) ** 2;
  return squares / scores.length;
}
