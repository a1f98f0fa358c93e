import { Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { CartesianGrid, ComposedChart, Line, XAxis, YAxis } from 'recharts';
import { methodNames, type MethodName } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import { AUERC_LIMIT, type DiscardOrder, type DiscardReport, type PairReport, type ThresholdPolicy } from '../../evaluation/pair-report';
import { axis, ChartCard } from '../charts';
import { methodStyles } from './method-colours';

const orders: Readonly<Record<DiscardOrder, { readonly name: string; readonly colour: string; readonly dash?: string }>> = {
  own: { name: 'the method’s own confidence', colour: 'var(--mantine-color-teal-6)', dash: '6 3' },
  kappa: { name: 'κ', colour: methodStyles.scf.colour },
  norm: { name: '‖embedding‖', colour: 'var(--mantine-color-orange-6)', dash: '2 3' },
  random: { name: 'chance', colour: 'var(--mantine-color-gray-6)', dash: '1 4' },
};
const policies: readonly { readonly value: ThresholdPolicy; readonly label: string }[] = [
  { value: 'fixed', label: 'threshold fixed' },
  { value: 're-estimated', label: 'threshold set anew' },
];

/** Error of the pairs that are kept as the least sure ones are discarded, in several orders of sureness. */
export function DiscardChart({ report }: { report: PairReport }) {
  const methods = methodNames.filter((name) => (report.methods[name]?.discard.length ?? 0) > 0);
  const [chosen, setMethod] = useState<MethodName>('scf');
  const [policy, setPolicy] = useState<ThresholdPolicy>('fixed');
  const [error, setError] = useState('accuracy');
  const method = methods.includes(chosen) ? chosen : methods[0];
  const all = method === undefined ? [] : report.methods[method]!.discard;
  const errors = [...new Set(all.map(keyOf))];
  const shownError = errors.includes(error) ? error : errors[0];
  const curves = all.filter((curve) => curve.policy === policy && keyOf(curve) === shownError);
  const data = useMemo(() => (curves[0]?.points ?? []).map(({ fraction }, i) => ({ fraction, ...Object.fromEntries(curves.map(({ order, points }) => [order, points[i]!.error])) })), [curves]);
  if (method === undefined || data.length === 0) return <Text size="sm">There is no curve of error against discard: it takes pairs of both kinds.</Text>;
  return (
    <Stack gap={4}>
      <ChartCard title="Error against the share of pairs discarded, least sure first" height={220} legend={curves.map(({ order }) => orders[order])}>
        <ComposedChart data={data} margin={{ left: 0, right: 12, top: 4 }}>
          <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" />
          <XAxis dataKey="fraction" type="number" domain={[0, 1]} tickFormatter={(value: number) => `${Math.round(100 * value)} %`} {...axis} />
          <YAxis width={52} type="number" domain={[0, 'auto']} tickFormatter={(value: number) => `${+(100 * value).toPrecision(3)} %`} {...axis} />
          {curves.map(({ order }) => (
            <Line key={order} dataKey={order} stroke={orders[order].colour} strokeDasharray={orders[order].dash} strokeWidth={1.8} dot={false} isAnimationActive={false} />
          ))}
        </ComposedChart>
      </ChartCard>
      <Group gap="xs">
        <Select size="xs" aria-label="Method" w={150} allowDeselect={false} data={methods.map((name) => ({ value: name, label: methodTitles[name] }))} value={method} onChange={(value) => setMethod(value as MethodName)} />
        <Select size="xs" aria-label="Error" w={190} allowDeselect={false} data={errors.map((key) => ({ value: key, label: labelOf(key) }))} value={shownError} onChange={(value) => setError(value!)} />
        <SegmentedControl size="xs" aria-label="Threshold" value={policy} onChange={(value) => setPolicy(value as ThresholdPolicy)} data={[...policies]} />
      </Group>
      <Text size="xs" c="dimmed">
        Mean error up to {Math.round(100 * AUERC_LIMIT)} % discarded (AUERC):{' '}
        {curves.map(({ order, auerc }) => `${orders[order].name} ${auerc === null ? 'not measurable' : `${(100 * auerc).toFixed(2)} %`}`).join(', ')}.
      </Text>
    </Stack>
  );
}

const keyOf = ({ error }: DiscardReport): string => (error === 'accuracy' ? error : String(error.far));
const labelOf = (key: string): string => (key === 'accuracy' ? 'Wrong decisions' : `FNMR at FMR ${Number(key).toExponential(0)}`);
