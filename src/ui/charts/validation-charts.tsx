import { memo, useMemo } from 'react';
import { bestConfidence, confidenceName } from '../../confidence/best-confidence';
import type { ValidationResult } from '../../training/session/run-events';
import { ChartCard } from './chart-card';
import { Plot } from './plot';
import type { PlotAxis, PlotLayout } from './plot-layout';
import { shortNumber } from '../../core/short-number';

/** Dots of a scatter plot, at most. */
const MAX_DOTS = 500;
/** Points of the curve of the best confidence. */
const CURVE_POINTS = 60;
const HEIGHT = 220;
const BEST_COLOUR = 'var(--mantine-color-red-6)';

/**
 * Confidence in pictures of unseen people against cos θ to their own class centre, with the
 * confidence that the objective would choose.
 */
export const KappaScatter = memo(function KappaScatter({
  result,
  dimension,
}: {
  result: ValidationResult;
  dimension: number;
}) {
  const best = useMemo(
    () => bestConfidence(result.method, result.objective, dimension),
    [result, dimension],
  );
  const name = confidenceName(result.method);
  const layout = useMemo(
    () =>
      scatterLayout(
        'cos θ',
        name,
        'var(--mantine-color-indigo-5)',
        (least) => [Math.max(-1, Math.floor(10 * Math.min(0, least)) / 10), 1],
        best?.name,
      ),
    [name, best?.name],
  );
  const data = useMemo(() => {
    const dots = thinned(result, (i) => [result.cosTheta[i]!, result.kappa[i]!] as const);
    const highest = Math.min(0.97, Math.max(...dots.map(([x]) => x)));
    const curve =
      best && highest > 0
        ? Array.from({ length: CURVE_POINTS }, (_, i) => (highest * (i + 1)) / CURVE_POINTS)
        : [];
    const rows = [
      ...dots.map(([x, y]) => [x, y, null] as const),
      ...curve.map((x) => [x, null, best!.at(x)] as const),
    ].sort((a, b) => a[0] - b[0]);
    return (best ? [0, 1, 2] : [0, 1]).map((column) => rows.map((row) => row[column]!));
  }, [result, best]);
  const title = `${name} against cos θ, people not trained on`;
  return (
    <ChartCard
      title={title}
      height={HEIGHT}
      legend={[
        { name: 'a picture', colour: 'var(--mantine-color-indigo-5)' },
        ...(best ? [{ name: best.name, colour: BEST_COLOUR }] : []),
      ]}
    >
      <Plot label={title} layout={layout} data={data} height={HEIGHT} />
    </ChartCard>
  );
});

/** κ against the true degradation of the picture, which is known of synthetic faces only. */
export const SeverityScatter = memo(function SeverityScatter({
  result,
}: {
  result: ValidationResult;
}) {
  const name = confidenceName(result.method);
  const layout = useMemo(
    () => scatterLayout('severity', name, 'var(--mantine-color-teal-6)', () => [0, 1]),
    [name],
  );
  const data = useMemo(() => {
    const dots = thinned(result, (i) => [result.severity[i]!, result.kappa[i]!] as const)
      .filter(([x]) => Number.isFinite(x))
      .sort((a, b) => a[0] - b[0]);
    return [dots.map(([x]) => x), dots.map(([, y]) => y)];
  }, [result]);
  if (data[0]!.length === 0) return null;
  const title = `${name} against true degradation`;
  return (
    <ChartCard
      title={title}
      height={HEIGHT}
      legend={[
        { name: 'a picture (0 = pristine, 1 = worst)', colour: 'var(--mantine-color-teal-6)' },
      ]}
    >
      <Plot label={title} layout={layout} data={data} height={HEIGHT} />
    </ChartCard>
  );
});

/** Dots, and optionally a curve through them. */
const scatterLayout = (
  x: string,
  y: string,
  colour: string,
  ends: PlotAxis['ends'],
  curve?: string,
): PlotLayout => ({
  x: { name: x, title: x, ends },
  y: { name: y, title: y, tick: shortNumber, ends: (_, most) => [0, roundedUp(most)] },
  series: [
    { name: y, kind: 'dots', colour, opacity: 0.5 },
    ...(curve === undefined
      ? []
      : [{ name: curve, kind: 'line' as const, colour: BEST_COLOUR, isCutOff: true }]),
  ],
});

/** Rounds up to two figures, and to 1 at least. */
function roundedUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(Math.max(1, value))) - 1);
  return Math.ceil(Math.max(1, value) / unit) * unit;
}

function thinned<T>(result: ValidationResult, at: (index: number) => T): T[] {
  const stride = Math.max(1, Math.ceil(result.images / MAX_DOTS));
  return Array.from({ length: Math.ceil(result.images / stride) }, (_, i) => at(i * stride));
}
