import { Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { methodTitles } from '../../confidence/methods';
import { histogram, shareBelow } from '../../evaluation/distribution';
import { isAccepted, operatingPoint, type OperatingPoint } from '../../evaluation/roc';
import type { PairDistributions } from '../../training/session/run-events';
import { SHARE, sharesFromZero } from '../charts/axis-ends';
import { ChartCard } from '../charts/chart-card';
import { Plot } from '../charts/plot';
import type { PlotData, PlotLayout, PlotLine } from '../charts/plot-layout';
import { count, counted, fixed, percent } from '../components/format';

const BINS = 40;
const HEIGHT = 170;
const colours = {
  genuine: 'var(--mantine-color-teal-6)',
  impostor: 'var(--mantine-color-orange-6)',
  pair: 'var(--mantine-color-indigo-6)',
  threshold: 'var(--mantine-color-red-6)',
};

/** A score among genuine and impostor pairs, with the threshold of a FAR and its verdict. */
export function Distribution({
  among,
  score,
  far,
}: {
  among: PairDistributions;
  score: number;
  far: number;
}) {
  const point = useMemo(() => operatingPoint(among.genuine, among.impostor, far), [among, far]);
  const [layout, data] = useMemo((): [PlotLayout, PlotData] => {
    const bins = histogram(among.genuine, among.impostor, BINS);
    const [low, high] = [bins[0]?.from ?? 0, bins.at(-1)?.to ?? 1];
    const within = (place: number) => Math.min(high, Math.max(low, place));
    const threshold: PlotLine[] = [];
    if (point) {
      const at = within(point.threshold);
      threshold.push({ axis: 'x', at, colour: colours.threshold, dash: '4 3' });
    }
    const share = (value: number) => `${+(100 * value).toFixed(1)} %`;
    return [
      {
        x: {
          name: 'score',
          ends: () => [low, high],
          tick: (value, figures) => String(+value.toPrecision(figures)),
        },
        y: {
          name: 'share of pairs',
          size: 46,
          bounds: SHARE,
          ends: sharesFromZero,
          tick: share,
          inFull: share,
        },
        series: [
          { name: 'one person', kind: 'bars', colour: colours.genuine, opacity: 0.6 },
          { name: 'two people', kind: 'bars', colour: colours.impostor, opacity: 0.6 },
        ],
        lines: [...threshold, { axis: 'x', at: within(score), colour: colours.pair, width: 2 }],
      },
      [
        bins.map(({ from, to }) => (from + to) / 2),
        bins.map(({ genuine }) => genuine),
        bins.map(({ impostor }) => impostor),
      ],
    ];
  }, [among, point, score]);
  const title =
    among.method === 'cosine' ? methodTitles.cosine : `${methodTitles[among.method]} score`;
  return (
    <Stack gap={4}>
      <ChartCard
        title={title}
        height={HEIGHT}
        legend={[
          { name: 'one person', colour: colours.genuine },
          { name: 'two people', colour: colours.impostor },
          { name: 'this pair', colour: colours.pair },
          { name: 'threshold', colour: colours.threshold },
        ]}
      >
        <Plot label={title} layout={layout} data={data} height={HEIGHT} />
      </ChartCard>
      {point ? (
        <Verdict among={among} score={score} point={point} />
      ) : (
        <NotMeasurable far={far} pairs={among.impostor.length} />
      )}
    </Stack>
  );
}

function NotMeasurable({ far, pairs }: { far: number; pairs: number }) {
  return (
    <Text size="sm">
      A false accept rate of {far} can’t be measured on {counted(pairs, 'pair')} of two people; it
      takes at least {count(Math.round(1 / far))}.
    </Text>
  );
}

function Verdict({
  among,
  score,
  point,
}: {
  among: PairDistributions;
  score: number;
  point: OperatingPoint;
}) {
  const { method, genuine, impostor } = among;
  const verdict = isAccepted(score, point)
    ? 'Accepted as one person'
    : 'Not accepted as one person';
  return (
    <Text size="sm" data-testid={`verdict-${method}`}>
      <b>{verdict}</b> by {method === 'scf' ? 'SCF score' : 'cosine'}: {fixed(score, 2)} against a
      threshold of {fixed(point.threshold, 2)}, at which {percent(point.far)} of{' '}
      {counted(impostor.length, 'pair')} of two people {impostor.length === 1 ? 'passes' : 'pass'},
      and {percent(point.tar)} of {counted(genuine.length, 'pair')} of one. It is above{' '}
      {percent(shareBelow(impostor, score))} of the pairs of two people and{' '}
      {percent(shareBelow(genuine, score))} of the pairs of one.
    </Text>
  );
}
