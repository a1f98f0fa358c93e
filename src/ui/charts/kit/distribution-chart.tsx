import { useMemo } from 'react';
import { Area } from 'recharts';
import { histogram, type HistogramBin } from '../../../evaluation/distribution';
import { SHARE } from '../axis-ends';
import { Rules, type Rule } from './plane/annotations';
import { valueText, type ChartAxis } from './chart-axis';
import { PlaneChart, type ChartProps } from './plane/plane-chart';
import { nearestAcross, type Stop } from './plane/reading';
import { useToggles } from './use-toggles';

export interface DistributionChartProps extends Omit<ChartProps, 'y'> {
  /** Scores of pairs of one person, and of two. Compared by identity. */
  readonly genuine: ArrayLike<number>;
  readonly impostor: ArrayLike<number>;
  /** Bins of equal width; 40 by default. */
  readonly bins?: number;
  /** The score from which pairs are accepted. */
  readonly threshold?: { readonly at: number; readonly label: string };
  /** Single scores among them, such as the pair that is compared. */
  readonly markers?: readonly {
    readonly at: number;
    readonly label: string;
    readonly colour?: string;
  }[];
}

const share = (value: number): string => `${+(100 * value).toFixed(1)} %`;

const Y: ChartAxis = {
  title: 'share of pairs',
  bounds: SHARE,
  // Leaves room above the curves for the labels of rules.
  ends: (_, most) => [0, most > 0 ? 1.2 * most : 0.05],
  tick: share,
  inFull: share,
};

// The words, the dashes and the side of the threshold tell them apart without their colours.
const kinds = [
  { key: 'impostor', name: 'two people', colour: 'var(--scf-impostor)', dash: '5 3' },
  { key: 'genuine', name: 'one person', colour: 'var(--scf-genuine)', dash: '' },
] as const;

/** How scores of genuine and of impostor pairs are spread, with a threshold and marked scores. */
export function DistributionChart(props: DistributionChartProps) {
  const { genuine, impostor, bins: count = 40, threshold, markers = [], ...rest } = props;
  const chart = { ...rest, y: Y };
  const bins = useMemo(() => histogram(genuine, impostor, count), [genuine, impostor, count]);
  const rows = useMemo(() => bins.map((bin) => ({ ...bin, x: middleOf(bin) })), [bins]);
  const middles = useMemo(() => rows.map(({ x }) => x), [rows]);
  const figures = useMemo(
    () => () => ({
      heads: [`${rest.x.title}, from`, 'to', 'one person', 'two people'],
      count: bins.length,
      rowAt: (i: number) => {
        const { from, to, genuine: one, impostor: two } = bins[i]!;
        return [from, to, one, two];
      },
    }),
    [bins, rest.x.title],
  );
  const { legend, isShown } = useToggles(
    kinds.map(({ name, colour, dash }) => ({ name, colour, dash })),
  );
  const shown = kinds.filter(({ name }) => isShown(name));
  const highest = Math.max(0, ...bins.flatMap((bin) => shown.map(({ key }) => bin[key])));
  const rules: Rule[] = [
    ...(threshold ? [{ ...threshold, axis: 'x' as const }] : []),
    ...markers.map((marker) => ({
      colour: 'var(--scf-confidence)',
      ...marker,
      ...{ axis: 'x' as const, dash: '' },
    })),
  ];
  return (
    <PlaneChart
      {...chart}
      data={rows}
      legend={legend}
      figures={figures}
      xExtent={bins.length > 0 ? [bins[0]!.from, bins.at(-1)!.to] : null}
      yExtent={[0, highest]}
      x={{ ends: (least, most) => [least, most], ...rest.x }}
      stops={{
        count: bins.length,
        at: (index) => stopAt(bins[index]!, shown, rest.x),
        nearest: (across, _, plane) => nearestAcross(middles, across, plane),
        hasLine: true,
      }}
    >
      {(plane) => (
        <>
          {shown.map(({ key, name, colour, dash }) => (
            <Area
              key={name}
              type="monotone"
              dataKey={key}
              stroke={colour}
              strokeWidth={2}
              strokeDasharray={dash}
              fill={colour}
              fillOpacity={0.16}
              activeDot={false}
              isAnimationActive={false}
            />
          ))}
          <Rules rules={rules} plane={plane} />
        </>
      )}
    </PlaneChart>
  );
}

const middleOf = ({ from, to }: HistogramBin): number => (from + to) / 2;

const stopAt = (
  bin: HistogramBin,
  shown: readonly (typeof kinds)[number][],
  x: ChartAxis,
): Stop => ({
  x: middleOf(bin),
  marks: shown.map(({ key, colour }) => ({ y: bin[key], colour })),
  lines: [
    `${x.name ?? x.title} ${valueText(x, bin.from)} to ${valueText(x, bin.to)}`,
    ...shown.map(({ key, name }) => `${name}: ${share(bin[key])}`),
  ],
});
