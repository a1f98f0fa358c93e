import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, XAxis, YAxis } from 'recharts';
import { methodNames } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import type { PairReport } from '../../evaluation/pair-report';
import { axis, ChartCard } from '../charts';
import { count } from '../figures';
import { methodStyles } from './method-colours';

/** ROC curves over the logarithm of FAR, with a band where the pairs leave doubt. */
export function RocChart({ report }: { report: PairReport }) {
  const methods = methodNames.filter((name) => (report.methods[name]?.roc.length ?? 0) > 0);
  const data = useMemo(() => {
    const [first] = methods;
    return first === undefined
      ? []
      : report.methods[first]!.roc.map(({ far }, i) => ({
          far,
          ...Object.fromEntries(methods.flatMap((name) => {
            const { tar, low, high } = report.methods[name]!.roc[i]!;
            return [[name, tar], [`${name}-band`, [low ?? tar, high ?? tar]]];
          })),
        }));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- methods are of the report
  }, [report]);
  if (data.length === 0) return <Text size="sm">There is no ROC curve: it takes pairs of both kinds.</Text>;
  const lowest = Math.min(...methods.flatMap((name) => report.methods[name]!.roc.map(({ tar }) => tar)));
  return (
    <div>
      <ChartCard title="TAR against FAR" height={260} legend={methods.map((name) => ({ name: methodTitles[name], colour: methodStyles[name].colour }))}>
        <ComposedChart data={data} margin={{ left: 0, right: 12, top: 4 }}>
          <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" />
          <XAxis dataKey="far" type="number" scale="log" domain={['dataMin', 1]} ticks={decades(data[0]!.far)} tickFormatter={(value: number) => value.toExponential(0)} {...axis} />
          <YAxis width={48} type="number" domain={[Math.floor(10 * lowest) / 10, 1]} tickFormatter={(value: number) => `${Math.round(100 * value)} %`} {...axis} />
          {methods.map((name) => (
            <Area key={`${name}-band`} dataKey={`${name}-band`} stroke="none" fill={methodStyles[name].colour} fillOpacity={0.12} isAnimationActive={false} />
          ))}
          {methods.map((name) => (
            <Line key={name} dataKey={name} stroke={methodStyles[name].colour} strokeDasharray={methodStyles[name].dash} strokeWidth={1.8} dot={false} isAnimationActive={false} />
          ))}
        </ComposedChart>
      </ChartCard>
      <Text size="xs" c="dimmed" mt={4}>
        Bands hold 95 % of curves that pairs drawn anew give. Rates below one in {count(report.impostor)} can’t be measured on {count(report.impostor)} pairs of two people.
      </Text>
    </div>
  );
}

/** Powers of ten from the lowest rate on show to 1. */
function decades(from: number): number[] {
  const first = Math.ceil(Math.log10(from) - 1e-9);
  return Array.from({ length: 1 - first }, (_, i) => 10 ** (first + i));
}
