import { Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { methodTitles } from '../../confidence/methods';
import { histogram, shareBelow } from '../../evaluation/distribution';
import { SHARE, sharesFromZero } from '../charts/axis-ends';
import { ChartCard } from '../charts/chart-card';
import { Plot } from '../charts/plot';
import type { PlotData, PlotLayout, PlotLine } from '../charts/plot-layout';
import { percent } from '../components/format';
import { verdictOn, type HeldScore } from './verdict';

const BINS = 40;
const HEIGHT = 170;
const colours = {
  genuine: 'var(--mantine-color-teal-6)',
  impostor: 'var(--mantine-color-orange-6)',
  pair: 'var(--mantine-color-indigo-6)',
  threshold: 'var(--mantine-color-red-6)',
};

/** A score among genuine and impostor pairs, with the threshold of a FAR. */
export function Distribution({ held, far }: { held: HeldScore; far: number | null }) {
  const { method, among, score } = held;
  const threshold = (far === null ? null : verdictOn(held, far))?.point.threshold ?? null;
  const [layout, data] = useMemo((): [PlotLayout, PlotData] => {
    const bins = histogram(among.genuine, among.impostor, BINS);
    const [low, high] = [bins[0]?.from ?? 0, bins.at(-1)?.to ?? 1];
    const within = (place: number) => Math.min(high, Math.max(low, place));
    const thresholdLines: PlotLine[] = [];
    if (threshold !== null) {
      const at = within(threshold);
      thresholdLines.push({ axis: 'x', at, colour: colours.threshold, dash: '4 3' });
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
        lines: [
          ...thresholdLines,
          { axis: 'x', at: within(score), colour: colours.pair, width: 2 },
        ],
      },
      [
        bins.map(({ from, to }) => (from + to) / 2),
        bins.map(({ genuine }) => genuine),
        bins.map(({ impostor }) => impostor),
      ],
    ];
  }, [among, threshold, score]);
  const title = method === 'cosine' ? methodTitles.cosine : `${methodTitles[method]} score`;
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
      <Text size="sm">
        This pair is above {percent(shareBelow(among.impostor, score))} of the pairs of two people
        and {percent(shareBelow(among.genuine, score))} of the pairs of one.
      </Text>
    </Stack>
  );
}
