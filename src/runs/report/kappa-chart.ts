import { bestConfidence, confidenceName } from '../../confidence/best-confidence';
import { count } from '../../core/number-words';
import { shortNumber } from '../../core/short-number';
import { quantile } from '../../evaluation/distribution';
import type { ValidationResult } from '../../training/session/run-events';
import { MAX_POINTS, type Chart, type ChartPoint } from './chart/chart';
import { table } from './table';
import type { Markup } from './markup';
import { lastValidation, runStyles, type ReportedRun } from './reported-run';

/** Points of the curve of the best confidence. */
const CURVE_POINTS = 80;
/** The curve rises without bound towards cos θ = 1, and is drawn up to here. */
const HIGHEST_COSINE = 0.97;
/** Groups of pictures in the table, by their cos θ. */
const GROUPS = 10;

/** Confidence against cos θ of a run's last validation; null without one. */
export function kappaChart(run: ReportedRun, index: number, isAlone: boolean): Chart | null {
  const result = lastValidation(run);
  if (!result || result.kappa.length === 0) return null;
  const { method, objective, kappa, cosTheta } = result;
  const name = confidenceName(method);
  const stride = Math.ceil(kappa.length / MAX_POINTS);
  const points = Array.from({ length: Math.ceil(kappa.length / stride) }, (_, i): ChartPoint => [
    cosTheta[i * stride]!,
    kappa[i * stride]!,
  ]);
  const best = bestConfidence(method, objective, run.manifest.config.zDim);
  const highest = Math.min(HIGHEST_COSINE, Math.max(...points.map(([x]) => x)));
  const curve = best && highest > 0 ? curveOf(best.at, highest) : [];
  const shown =
    points.length < kappa.length
      ? `${count(points.length)} of ${count(kappa.length)} pictures.`
      : `${count(points.length)} pictures.`;
  return {
    title: `${name} against cos θ${isAlone ? '' : `, ${run.manifest.name}`}`,
    note: `The validation at step ${count(result.step)}, people not trained on: ${shown}`,
    x: { title: 'cos θ to the person’s centre' },
    y: { title: name, ends: [0] },
    lines: best
      ? [{ name: best.name, hue: 'red', dash: '5 3', points: curve, isCutOff: true }]
      : [],
    dots: [{ name: 'a picture', hue: runStyles[index]!.hue, points }],
  };
}

const curveOf = (at: (cosTheta: number) => number, highest: number): ChartPoint[] =>
  Array.from({ length: CURVE_POINTS }, (_, i) => {
    const cosTheta = (highest * (i + 1)) / CURVE_POINTS;
    return [cosTheta, at(cosTheta)];
  });

/** Its pictures in ten groups of the same size, by cos θ. */
export function kappaTable({ method, kappa, cosTheta }: ValidationResult): Markup {
  const order = Array.from(kappa.keys()).sort((a, b) => cosTheta[a]! - cosTheta[b]!);
  const groups = Math.min(GROUPS, order.length);
  const name = confidenceName(method);
  return table({
    caption: `${name} of the pictures, in groups by cos θ`,
    heads: ['cos θ', 'pictures', `median ${name}`, '5 to 95 %'],
    rows: Array.from({ length: groups }, (_, group) => {
      const from = Math.floor((group * order.length) / groups);
      const rows = order.slice(from, Math.floor(((group + 1) * order.length) / groups));
      const values = Float64Array.from(rows, (row) => kappa[row]!);
      const at = (share: number) => shortNumber(quantile(values, share), 4);
      const [low, high] = [cosTheta[rows[0]!]!, cosTheta[rows.at(-1)!]!];
      return [
        `${low.toFixed(2)} to ${high.toFixed(2)}`,
        count(rows.length),
        at(0.5),
        `${at(0.05)} to ${at(0.95)}`,
      ];
    }),
  });
}
