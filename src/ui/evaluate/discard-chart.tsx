import { Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { methodNames, type MethodName } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import {
  AUERC_LIMIT,
  type DiscardOrder,
  type DiscardReport,
  type PairReport,
  type ThresholdPolicy,
} from '../../evaluation/pair-report';
import { SHARE, sharesFromZero } from '../charts/axis-ends';
import { ChartCard } from '../charts/chart-card';
import { Plot } from '../charts/plot';
import type { PlotData, PlotLayout } from '../charts/plot-layout';
import { percent } from '../components/format';
import { methodStyles } from './method-styles';

interface OrderStyle {
  readonly name: string;
  readonly colour: string;
  readonly dash?: string;
}

const orders: Readonly<Record<DiscardOrder, OrderStyle>> = {
  own: { name: 'the method’s own confidence', colour: 'var(--mantine-color-teal-6)', dash: '6 3' },
  kappa: { name: 'κ', colour: methodStyles.scf.colour },
  norm: { name: '‖embedding‖', colour: 'var(--mantine-color-orange-6)', dash: '2 3' },
  random: { name: 'chance', colour: 'var(--mantine-color-gray-6)', dash: '1 4' },
};
const policies: readonly { readonly value: ThresholdPolicy; readonly label: string }[] = [
  { value: 'fixed', label: 'threshold fixed' },
  { value: 're-estimated', label: 'threshold re-estimated' },
];

const TITLE = 'Error against the share of pairs discarded, least confident first';
const HEIGHT = 220;

/**
 * The error of the remaining pairs as the least confident ones are discarded, for several measures
 * of confidence.
 */
export function DiscardChart({ report }: { report: PairReport }) {
  const methods = methodNames.filter((name) => (report.methods[name]?.discard.length ?? 0) > 0);
  const [chosen, setMethod] = useState<MethodName>('scf');
  const [policy, setPolicy] = useState<ThresholdPolicy>('fixed');
  const [error, setError] = useState('accuracy');
  const method = methods.includes(chosen) ? chosen : methods[0];
  const all = method === undefined ? none : report.methods[method]!.discard;
  const errors = useMemo(() => [...new Set(all.map(keyOf))], [all]);
  const shownError = errors.includes(error) ? error : errors[0];
  const curves = useMemo(
    () => all.filter((curve) => curve.policy === policy && keyOf(curve) === shownError),
    [all, policy, shownError],
  );
  const [layout, data] = useMemo(
    (): [PlotLayout, PlotData] => [
      {
        x: {
          name: 'discarded',
          ends: () => SHARE,
          tick: (share) => `${Math.round(100 * share)} %`,
          inFull: percent,
        },
        y: {
          name: 'error',
          size: 52,
          bounds: SHARE,
          ends: sharesFromZero,
          tick: (share) => `${+(100 * share).toPrecision(3)} %`,
          inFull: (share) => percent(share, 2),
        },
        series: curves.map(({ order }) => ({
          ...orders[order],
          kind: 'line' as const,
          width: 1.8,
        })),
      },
      [
        curves[0]?.points.map(({ fraction }) => fraction) ?? [],
        ...curves.map(({ points }) => points.map(({ error }) => error)),
      ],
    ],
    [curves],
  );
  if (method === undefined || curves.length === 0)
    return (
      <Text size="sm">
        There is no curve of error against discard: it needs genuine and impostor pairs.
      </Text>
    );
  return (
    <Stack gap={4}>
      <ChartCard title={TITLE} height={HEIGHT} legend={curves.map(({ order }) => orders[order])}>
        <Plot label={TITLE} layout={layout} data={data} height={HEIGHT} />
      </ChartCard>
      <Group gap="xs">
        <Select
          size="xs"
          aria-label="Method"
          w={150}
          allowDeselect={false}
          data={methods.map((name) => ({ value: name, label: methodTitles[name] }))}
          value={method}
          onChange={(value) => setMethod(value as MethodName)}
        />
        <Select
          size="xs"
          aria-label="Error"
          w={190}
          allowDeselect={false}
          data={errors.map((key) => ({ value: key, label: labelOf(key) }))}
          value={shownError}
          onChange={(value) => setError(value!)}
        />
        <SegmentedControl
          size="xs"
          aria-label="Threshold"
          value={policy}
          onChange={(value) => setPolicy(value as ThresholdPolicy)}
          data={[...policies]}
        />
      </Group>
      <Text size="xs" c="dimmed">
        Mean error up to {Math.round(100 * AUERC_LIMIT)} % discarded (AUERC):{' '}
        {curves.map(meanErrorOf).join(', ')}.
      </Text>
    </Stack>
  );
}

const meanErrorOf = ({ order, auerc }: DiscardReport): string =>
  `${orders[order].name} ${auerc === null ? 'not measurable' : percent(auerc, 2)}`;

const none: readonly DiscardReport[] = [];
const keyOf = ({ error }: DiscardReport): string =>
  error === 'accuracy' ? error : String(error.far);
const labelOf = (key: string): string =>
  key === 'accuracy' ? 'Wrong decisions' : `FNMR at FMR ${Number(key).toExponential(0)}`;
