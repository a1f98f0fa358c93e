import { Card, Text } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Scatter, Tooltip, XAxis, YAxis } from 'recharts';
import { optimalKappa } from '../confidence/vmf';
import type { StepMetrics, ValidationResult } from '../training/run-events';
import { series, studioStore } from './studio-store';

type ScatterShapeProps = { cx?: number | string; cy?: number | string; fill?: unknown; fillOpacity?: number | string };

/** Milliseconds between two drawings of the live charts. */
const DRAW_INTERVAL = 250;
/** Points of a scatter, at most. */
const MOST_DOTS = 500;

const grid = <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" />;
const axis = { tick: { fill: 'var(--mantine-color-dimmed)', fontSize: 11 }, stroke: 'var(--mantine-color-default-border)' };
const tooltip = (
  <Tooltip
    isAnimationActive={false}
    contentStyle={{ background: 'var(--mantine-color-body)', border: '1px solid var(--mantine-color-default-border)', fontSize: 12 }}
    formatter={(value) => (typeof value === 'number' ? value.toPrecision(5) : Array.isArray(value) ? value.map((end) => Number(end).toFixed(0)).join(' to ') : String(value))}
  />
);

/** The run's points, renewed at most four times a second and not while the page is hidden. */
export function useMetricPoints(): StepMetrics[] {
  const [points, setPoints] = useState<StepMetrics[]>(() => series.points());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer = undefined;
      if (!document.hidden) setPoints(series.points());
    };
    // What comes while a drawing waits is drawn with it.
    const later = () => (timer ??= setTimeout(draw, DRAW_INTERVAL));
    const unsubscribe = studioStore.subscribe((state, before) => state.revision !== before.revision && later());
    document.addEventListener('visibilitychange', later);
    return () => {
      unsubscribe();
      document.removeEventListener('visibilitychange', later);
      clearTimeout(timer);
    };
  }, []);
  return points;
}

/** A curve over steps. */
export interface Curve {
  readonly key: keyof StepMetrics;
  readonly name: string;
  readonly colour: string;
  readonly dash?: string;
}

/** Curves over steps, with the band of two quantiles behind them where one is named. */
export function StepChart(props: {
  readonly title: string;
  readonly points: readonly StepMetrics[];
  readonly curves: readonly Curve[];
  readonly band?: readonly [keyof StepMetrics, keyof StepMetrics, string];
  readonly logarithmic?: boolean;
}) {
  const { title, points, curves, band, logarithmic } = props;
  const data = useMemo(() => points.map((point) => (band ? { ...point, band: [point[band[0]], point[band[1]]] } : point)), [points, band]);
  return (
    <ChartCard title={title} legend={[...curves.map(({ name, colour }) => ({ name, colour })), ...(band ? [{ name: band[2], colour: 'var(--mantine-color-indigo-2)' }] : [])]}>
      <ComposedChart data={data} margin={{ left: 0, right: 8, top: 4 }}>
        {grid}
        <XAxis dataKey="step" type="number" domain={['dataMin', 'dataMax']} {...axis} />
        <YAxis width={58} domain={['auto', 'auto']} scale={logarithmic ? 'log' : 'auto'} tickFormatter={shortNumber} {...axis} />
        {tooltip}
        {band && <Area dataKey="band" name={band[2]} stroke="none" fill="var(--mantine-color-indigo-5)" fillOpacity={0.2} isAnimationActive={false} />}
        {curves.map(({ key, name, colour, dash }) => (
          <Line key={key} dataKey={key} name={name} stroke={colour} strokeDasharray={dash} strokeWidth={1.6} dot={false} isAnimationActive={false} />
        ))}
      </ComposedChart>
    </ChartCard>
  );
}

/** κ of unseen people's pictures against cos θ to their own class centre, with the κ that the objective wants. */
export function KappaScatter({ result, dimension }: { result: ValidationResult; dimension: number }) {
  const dots = useMemo(() => thinned(result, (i) => ({ x: result.cosTheta[i]!, y: result.kappa[i]! })), [result]);
  const optimum = useMemo(() => {
    const highest = Math.min(0.97, Math.max(...dots.map(({ x }) => x)));
    return Array.from({ length: 60 }, (_, i) => (highest * (i + 1)) / 60).map((x) => ({ x, best: optimalKappa(x, dimension, result.objective) }));
  }, [dots, dimension, result.objective]);
  return (
    <ChartCard
      title="κ against cos θ, people not trained on"
      legend={[
        { name: 'a picture', colour: 'var(--mantine-color-indigo-5)' },
        { name: result.objective === 'exact' ? 'best κ = A⁻¹(cos θ)' : 'best κ = v/(1 − cos θ)', colour: 'var(--mantine-color-red-6)' },
      ]}
    >
      <ComposedChart margin={{ left: 0, right: 8, top: 4 }}>
        {grid}
        <XAxis dataKey="x" type="number" name="cos θ" domain={['auto', 'auto']} tickFormatter={(value: number) => value.toFixed(1)} {...axis} />
        <YAxis width={58} dataKey="y" type="number" name="κ" domain={['auto', 'auto']} tickFormatter={shortNumber} {...axis} />
        {tooltip}
        <Scatter data={dots} name="κ" fill="var(--mantine-color-indigo-5)" fillOpacity={0.5} isAnimationActive={false} shape={dot} />
        <Line data={optimum} dataKey="best" name="best κ" stroke="var(--mantine-color-red-6)" dot={false} isAnimationActive={false} />
      </ComposedChart>
    </ChartCard>
  );
}

/** κ against what was truly done to the picture; only synthetic faces know that. */
export function SeverityScatter({ result }: { result: ValidationResult }) {
  const dots = useMemo(() => thinned(result, (i) => ({ x: result.severity[i]!, y: result.kappa[i]! })).filter(({ x }) => Number.isFinite(x)), [result]);
  if (dots.length === 0) return null;
  return (
    <ChartCard title="κ against true degradation" legend={[{ name: 'a picture (0 = pristine, 1 = worst)', colour: 'var(--mantine-color-teal-6)' }]}>
      <ComposedChart margin={{ left: 0, right: 8, top: 4 }}>
        {grid}
        <XAxis dataKey="x" type="number" name="severity" domain={[0, 1]} {...axis} />
        <YAxis width={58} dataKey="y" type="number" name="κ" domain={['auto', 'auto']} tickFormatter={shortNumber} {...axis} />
        {tooltip}
        <Scatter data={dots} name="κ" fill="var(--mantine-color-teal-6)" fillOpacity={0.5} isAnimationActive={false} shape={dot} />
      </ComposedChart>
    </ChartCard>
  );
}

/** A chart's card: title, legend in words, and the drawing. */
export function ChartCard(props: { title: string; legend: readonly { name: string; colour: string }[]; children: React.ReactElement; height?: number }) {
  return (
    <Card withBorder padding="sm" component="section" aria-label={props.title}>
      <Text size="sm" fw={600}>
        {props.title}
      </Text>
      <Text size="xs" c="dimmed" mb={4}>
        {props.legend.map(({ name, colour }) => (
          <span key={name} style={{ marginRight: 12 }}>
            <span aria-hidden style={{ color: colour }}>
              ●
            </span>{' '}
            {name}
          </span>
        ))}
      </Text>
      <ResponsiveContainer width="100%" height={props.height ?? 200}>
        {props.children}
      </ResponsiveContainer>
    </Card>
  );
}

function dot({ cx, cy, fill, fillOpacity }: ScatterShapeProps) {
  return <circle cx={cx} cy={cy} r={2} fill={String(fill)} fillOpacity={fillOpacity} />;
}

function thinned<T>(result: ValidationResult, at: (index: number) => T): T[] {
  const stride = Math.max(1, Math.ceil(result.images / MOST_DOTS));
  return Array.from({ length: Math.ceil(result.images / stride) }, (_, i) => at(i * stride));
}

function shortNumber(value: number): string {
  return Math.abs(value) >= 1e6 ? `${+(value / 1e6).toPrecision(3)}M` : Math.abs(value) >= 1e4 ? `${+(value / 1e3).toPrecision(3)}k` : String(+value.toPrecision(3));
}
