import { Box, Card, Text } from '@mantine/core';
import { useInViewport } from '@mantine/hooks';
import { memo, useMemo } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, useXAxisScale, useYAxisScale, XAxis, YAxis } from 'recharts';
import { confidenceSymbols } from '../confidence/methods';
import { optimalKappa } from '../confidence/vmf';
import type { StepMetrics, ValidationResult } from '../training/run-events';
import { useMetricPoints } from './chart-clock';

/** Points of a scatter, at most. */
const MOST_DOTS = 500;

/** A run that begins among these is drawn from 0 on, which makes its ticks round. */
const FIRST_STEPS = 50;
const grid = <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" />;
/** Tick labels and lines of an axis, in either colour scheme. */
export const axis = { tick: { fill: 'var(--mantine-color-dimmed)', fontSize: 11 }, stroke: 'var(--mantine-color-default-border)' };
/** The box of a tooltip, in either colour scheme. */
export const tooltipStyle = { background: 'var(--mantine-color-body)', border: '1px solid var(--mantine-color-default-border)', fontSize: 12 };
const tooltip = (
  <Tooltip
    isAnimationActive={false}
    contentStyle={tooltipStyle}
    formatter={(value) => (typeof value === 'number' ? value.toPrecision(5) : Array.isArray(value) ? value.map((end) => Number(end).toFixed(0)).join(' to ') : String(value))}
  />
);

/** A curve over steps. */
export interface Curve {
  readonly key: keyof StepMetrics;
  readonly name: string;
  readonly colour: string;
  readonly dash?: string;
}

/** What a chart over steps shows. */
export interface StepChartProps {
  readonly title: string;
  readonly curves: readonly Curve[];
  /** Two quantiles, and what the band between them is called. */
  readonly band?: readonly [keyof StepMetrics, keyof StepMetrics, string];
  /** Writes a tick of the vertical axis; short numbers where nothing else is said. */
  readonly tick?: (value: number) => string;
}

/** Curves over steps, with a band behind them where one is named. Draws itself anew as the run goes. */
export const StepChart = memo(function StepChart({ title, curves, band, tick }: StepChartProps) {
  const { ref, inViewport } = useInViewport();
  const points = useMetricPoints(inViewport);
  const data = useMemo(() => points.map((point) => (band ? { ...point, band: [point[band[0]], point[band[1]]] } : point)), [points, band]);
  return (
    <ChartCard ref={ref} title={title} legend={[...curves.map(({ name, colour }) => ({ name, colour })), ...(band ? [{ name: band[2], colour: 'var(--mantine-color-indigo-2)' }] : [])]}>
      {points.length === 0 ? null : (
        <ComposedChart data={data} margin={{ left: 0, right: 8, top: 4 }}>
          {grid}
          <XAxis dataKey="step" type="number" domain={[(first: number) => (first < FIRST_STEPS ? 0 : first), 'dataMax']} allowDecimals={false} {...axis} />
          <YAxis width={58} domain={['auto', 'auto']} tickFormatter={tick ?? shortNumber} {...axis} />
          {tooltip}
          {band && <Area dataKey="band" name={band[2]} stroke="none" fill="var(--mantine-color-indigo-5)" fillOpacity={0.2} isAnimationActive={false} />}
          {curves.map(({ key, name, colour, dash }) => (
            <Line key={key} dataKey={key} name={name} stroke={colour} strokeDasharray={dash} strokeWidth={1.6} dot={false} isAnimationActive={false} />
          ))}
        </ComposedChart>
      )}
    </ChartCard>
  );
});

/** Confidence in unseen people's pictures against cos θ to their own class centre, with what an objective of points wants. */
export const KappaScatter = memo(function KappaScatter({ result, dimension }: { result: ValidationResult; dimension: number }) {
  const dots = useMemo(() => thinned(result, (i) => ({ x: result.cosTheta[i]!, y: result.kappa[i]! })), [result]);
  const optimum = useMemo(() => {
    const highest = Math.min(0.97, Math.max(...dots.map(({ x }) => x)));
    const best = bestOf(result, dimension);
    return best && Array.from({ length: 60 }, (_, i) => (highest * (i + 1)) / 60).map((x) => ({ x, best: best.at(x) }));
  }, [dots, dimension, result]);
  return (
    <ChartCard
      title={`${nameOf(result)} against cos θ, people not trained on`}
      legend={[
        { name: 'a picture', colour: 'var(--mantine-color-indigo-5)' },
        ...(optimum ? [{ name: bestOf(result, dimension)!.name, colour: 'var(--mantine-color-red-6)' }] : []),
      ]}
    >
      <ComposedChart margin={{ left: 0, right: 8, top: 4 }}>
        {grid}
        <XAxis dataKey="x" type="number" name="cos θ" domain={[lowest(dots), 1]} allowDataOverflow tickFormatter={(value: number) => String(+value.toFixed(2))} {...axis} />
        <YAxis width={58} type="number" name={nameOf(result)} domain={[0, highestKappa(dots)]} allowDataOverflow tickFormatter={shortNumber} {...axis} />
        {tooltip}
        <Dots dots={dots} colour="var(--mantine-color-indigo-5)" />
        {optimum && <Line data={optimum} dataKey="best" name="best" stroke="var(--mantine-color-red-6)" dot={false} isAnimationActive={false} />}
      </ComposedChart>
    </ChartCard>
  );
});

/** What the method's confidence is: of several dimensions, the mean of 1/σ. */
const nameOf = ({ method }: ValidationResult): string => (method === 'pfe-g' ? 'Mean 1/σ' : confidenceSymbols[method]);

/** The confidence that the objective wants at a cos θ; null of pairs, where it depends on the other picture. */
function bestOf({ method, objective }: ValidationResult, dimension: number): { readonly name: string; readonly at: (cosTheta: number) => number } | null {
  if (method === 'scf') return { name: objective === 'exact' ? 'best κ = A⁻¹(cos θ)' : 'best κ = v/(1 − cos θ)', at: (cosTheta) => optimalKappa(cosTheta, dimension, objective) };
  if (method === 'scf-g') return { name: 'best 1/σ² = d/2(1 − cos θ)', at: (cosTheta) => dimension / (2 * (1 - cosTheta)) };
  return null;
}

/** κ against what was truly done to the picture; only synthetic faces know that. */
export const SeverityScatter = memo(function SeverityScatter({ result }: { result: ValidationResult }) {
  const dots = useMemo(() => thinned(result, (i) => ({ x: result.severity[i]!, y: result.kappa[i]! })).filter(({ x }) => Number.isFinite(x)), [result]);
  if (dots.length === 0) return null;
  return (
    <ChartCard title={`${nameOf(result)} against true degradation`} legend={[{ name: 'a picture (0 = pristine, 1 = worst)', colour: 'var(--mantine-color-teal-6)' }]}>
      <ComposedChart margin={{ left: 0, right: 8, top: 4 }}>
        {grid}
        <XAxis dataKey="x" type="number" name="severity" domain={[0, 1]} allowDataOverflow {...axis} />
        <YAxis width={58} type="number" name="κ" domain={[0, highestKappa(dots)]} allowDataOverflow tickFormatter={shortNumber} {...axis} />
        <Dots dots={dots} colour="var(--mantine-color-teal-6)" />
      </ComposedChart>
    </ChartCard>
  );
});

/** What a chart's card holds. */
export interface ChartCardProps {
  readonly title: string;
  readonly legend: readonly { readonly name: string; readonly colour: string }[];
  /** The drawing; null keeps its place free. */
  readonly children: React.ReactElement | null;
  /** In pixels. */
  readonly height?: number;
  readonly ref?: React.Ref<HTMLDivElement>;
}

/** A chart's card: title, legend in words, and the drawing. */
export function ChartCard({ ref, title, legend, children, height = 200 }: ChartCardProps) {
  return (
    <Card ref={ref} withBorder padding="sm" component="section" aria-label={title}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <Text size="xs" c="dimmed" mb={4}>
        {legend.map(({ name, colour }) => (
          <span key={name} style={{ marginRight: 12 }}>
            <span aria-hidden style={{ color: colour }}>
              ●
            </span>{' '}
            {name}
          </span>
        ))}
      </Text>
      <Box h={height}>
        {children && (
          <ResponsiveContainer width="100%" height={height}>
            {children}
          </ResponsiveContainer>
        )}
      </Box>
    </Card>
  );
}

interface Dot {
  readonly x: number;
  readonly y: number;
}

/** Dots as one path: an element each costs a hundred milliseconds for five hundred. */
function Dots({ dots, colour }: { dots: readonly Dot[]; colour: string }) {
  const [x, y] = [useXAxisScale(), useYAxisScale()];
  if (!x || !y) return null;
  // A line of no length with round ends is a dot.
  const path = dots.map((dot) => `M${x(dot.x)?.toFixed(1)} ${y(dot.y)?.toFixed(1)}h0`).join('');
  return <path d={path} stroke={colour} strokeWidth={4} strokeLinecap="round" strokeOpacity={0.5} fill="none" />;
}

const lowest = (dots: readonly Dot[]): number => Math.floor(10 * Math.min(0, ...dots.map(({ x }) => x))) / 10;

/** The axis's end: the highest κ, rounded up to two figures. */
function highestKappa(dots: readonly Dot[]): number {
  const highest = Math.max(1, ...dots.map(({ y }) => y));
  const unit = 10 ** (Math.floor(Math.log10(highest)) - 1);
  return Math.ceil(highest / unit) * unit;
}

function thinned<T>(result: ValidationResult, at: (index: number) => T): T[] {
  const stride = Math.max(1, Math.ceil(result.images / MOST_DOTS));
  return Array.from({ length: Math.ceil(result.images / stride) }, (_, i) => at(i * stride));
}

function shortNumber(value: number): string {
  return Math.abs(value) >= 1e6 ? `${+(value / 1e6).toPrecision(3)}M` : Math.abs(value) >= 1e4 ? `${+(value / 1e3).toPrecision(3)}k` : String(+value.toPrecision(3));
}
