import { Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { Bar, BarChart, CartesianGrid, ReferenceLine, XAxis, YAxis } from 'recharts';
import { methodTitles } from '../../confidence/methods';
import { histogram, shareBelow } from '../../evaluation/distribution';
import { operatingPoint } from '../../evaluation/roc';
import type { PairDistributions } from '../../training/run-events';
import { axis, ChartCard } from '../charts';
import { count, fixed, percent } from '../figures';

const BINS = 40;

/** A score among genuine and impostor pairs, with the threshold of a FAR and what it decides. */
export function Distribution({ among, score, far }: { among: PairDistributions; score: number; far: number }) {
  const bins = useMemo(() => histogram(among.genuine, among.impostor, BINS).map((bin) => ({ ...bin, middle: (bin.from + bin.to) / 2 })), [among]);
  const point = useMemo(() => operatingPoint(among.genuine, among.impostor, far), [among, far]);
  const title = among.method === 'cosine' ? methodTitles.cosine : `${methodTitles[among.method]} score`;
  const [low, high] = [bins[0]?.from ?? 0, bins.at(-1)?.to ?? 1];
  const within = Math.min(high, Math.max(low, score));
  return (
    <Stack gap={4}>
      <ChartCard
        title={title}
        height={170}
        legend={[
          { name: 'one person', colour: 'var(--mantine-color-teal-6)' },
          { name: 'two people', colour: 'var(--mantine-color-orange-6)' },
          { name: 'this pair', colour: 'var(--mantine-color-indigo-6)' },
          { name: 'threshold', colour: 'var(--mantine-color-red-6)' },
        ]}
      >
        <BarChart data={bins} barGap={-6} margin={{ left: 0, right: 8, top: 4 }}>
          <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" />
          <XAxis dataKey="middle" type="number" domain={[low, high]} tickFormatter={(value: number) => String(+value.toPrecision(3))} {...axis} />
          <YAxis width={42} tickFormatter={(value: number) => `${+(100 * value).toFixed(1)} %`} {...axis} />
          <Bar dataKey="genuine" fill="var(--mantine-color-teal-6)" fillOpacity={0.6} isAnimationActive={false} />
          <Bar dataKey="impostor" fill="var(--mantine-color-orange-6)" fillOpacity={0.6} isAnimationActive={false} />
          {point && <ReferenceLine x={Math.min(high, Math.max(low, point.threshold))} stroke="var(--mantine-color-red-6)" strokeDasharray="4 3" />}
          <ReferenceLine x={within} stroke="var(--mantine-color-indigo-6)" strokeWidth={2} />
        </BarChart>
      </ChartCard>
      {point ? (
        <Text size="sm" data-testid={`verdict-${among.method}`}>
          <b>{score >= point.threshold ? 'Accepted as one person' : 'Not accepted as one person'}</b> by {among.method === 'scf' ? 'SCF score' : 'cosine'}: {fixed(score, 2)} against a
          threshold of {fixed(point.threshold, 2)}, at which {percent(point.far)} of {count(among.impostor.length)} pairs of two people pass, and{' '}
          {percent(point.tar)} of {count(among.genuine.length)} pairs of one. It is above {percent(shareBelow(among.impostor, score))} of the pairs of two people and{' '}
          {percent(shareBelow(among.genuine, score))} of the pairs of one.
        </Text>
      ) : (
        <Text size="sm">
          A false accept rate of {far} can’t be measured on {count(among.impostor.length)} pairs of two people; it takes at least {count(Math.round(1 / far))}.
        </Text>
      )}
    </Stack>
  );
}
