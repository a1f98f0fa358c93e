import { Button, Group, Select, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { CartesianGrid, ComposedChart, Line, ReferenceLine, XAxis, YAxis } from 'recharts';
import { operatingPoint } from '../../evaluation/roc';
import type { SweepKind } from '../../studio/protocol';
import type { PairDistributions } from '../../training/run-events';
import { axis, ChartCard } from '../charts';
import { fixed } from '../figures';
import { ProgressMeter } from '../progress-meter';
import { Section } from '../section';
import { useStudio } from '../use-studio';
import { startSweep, stopSweep } from './ask';
import { degradationNames } from './degradations';

/** False accepts that the line through every chart allows. */
const FAR = 0.01;

/** One click: what both scores and κ do as the picture at hand is degraded in every kind. */
export function SweepSection() {
  const sweep = useStudio((state) => state.sweep);
  const progress = useStudio((state) => state.sweepProgress);
  const hasPair = useStudio((state) => state.pair !== null);
  const faceA = useStudio((state) => state.selected.a);
  const faceB = useStudio((state) => state.selected.b);
  const [slot, setSlot] = useState<'a' | 'b'>('a');
  const id = slot === 'a' ? faceA : faceB;
  return (
    <Section title="Degradation sweep" testId="sweep">
      <Text size="sm" c="dimmed">
        Degrades one picture step by step in six ways and compares again each time. A cosine that stays high while κ falls is a score to be doubted; the SCF score falls with κ.
      </Text>
      {progress ? (
        <ProgressMeter progress={progress} onStop={stopSweep} />
      ) : (
        <Group align="flex-end">
          <Select size="xs" label="Picture to degrade" w={160} allowDeselect={false} data={[{ value: 'a', label: 'of face A' }, { value: 'b', label: 'of face B' }]} value={slot} onChange={(value) => setSlot(value as 'a' | 'b')} />
          <Button size="xs" disabled={!hasPair || id === null} onClick={() => id !== null && startSweep(slot, id)}>
            Sweep
          </Button>
          {!hasPair && <Text size="sm">Choose two faces first.</Text>}
        </Group>
      )}
      {sweep && <SweepCharts kinds={sweep.kinds} />}
    </Section>
  );
}

/** Where a score stands: 0 is the threshold, 1 is one deviation of the impostor pairs above it. */
function margins(among: PairDistributions | undefined): ((score: number) => number) | null {
  const point = among && operatingPoint(among.genuine, among.impostor, FAR);
  if (!point) return null;
  const mean = among.impostor.reduce((sum, score) => sum + score, 0) / among.impostor.length;
  const deviation = Math.sqrt(among.impostor.reduce((sum, score) => sum + (score - mean) ** 2, 0) / among.impostor.length);
  return (score) => (score - point.threshold) / (deviation || 1);
}

function SweepCharts({ kinds }: { kinds: readonly SweepKind[] }) {
  const distributions = useStudio((state) => state.distributions);
  const [asTable, setAsTable] = useState(false);
  const scales = useMemo(() => {
    const of = (method: string) => margins(distributions.find((each) => each.method === method));
    return { cosine: of('cosine'), scf: of('scf') };
  }, [distributions]);
  const known = scales.cosine !== null && scales.scf !== null;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="xs" c="dimmed" maw={620}>
          {known
            ? `Scores stand in deviations of impostor pairs above the threshold of one false accept in ${Math.round(1 / FAR)}: above 0 is accepted. κ is on the axis at the right.`
            : 'No threshold is known, so cos θ is on the axis at the left and κ at the right; the SCF score is in the table.'}
        </Text>
        <Button size="compact-xs" variant="default" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show charts' : 'Show numbers'}
        </Button>
      </Group>
      {asTable ? (
        <SweepTable kinds={kinds} />
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {kinds.map((each) => (
            <SweepChart key={each.kind} {...each} scales={scales} known={known} />
          ))}
        </SimpleGrid>
      )}
    </Stack>
  );
}

function SweepChart({ kind, points, scales, known }: SweepKind & { scales: { cosine: ((score: number) => number) | null; scf: ((score: number) => number) | null }; known: boolean }) {
  const data = points.map(({ level, cosTheta, scfScore, kappa }) => ({
    level,
    cosine: known ? scales.cosine!(cosTheta) : cosTheta,
    scf: known && scfScore !== null ? scales.scf!(scfScore) : null,
    kappa,
  }));
  const legend = [
    { name: 'cosine', colour: 'var(--mantine-color-orange-6)' },
    ...(known ? [{ name: 'SCF score', colour: 'var(--mantine-color-indigo-6)' }] : []),
    ...(points[0]?.kappa != null ? [{ name: 'κ', colour: 'var(--mantine-color-gray-5)' }] : []),
  ];
  return (
    <ChartCard title={degradationNames[kind]} height={170} legend={legend}>
      <ComposedChart data={data} margin={{ left: 0, right: 0, top: 4 }}>
        <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" />
        <XAxis dataKey="level" type="number" domain={[0, 1]} {...axis} />
        <YAxis yAxisId="score" width={36} domain={['auto', 'auto']} tickFormatter={(value: number) => String(+value.toFixed(1))} {...axis} />
        <YAxis yAxisId="kappa" orientation="right" width={40} domain={[0, 'auto']} tickFormatter={(value: number) => String(Math.round(value))} {...axis} />
        {known && <ReferenceLine yAxisId="score" y={0} stroke="var(--mantine-color-red-6)" strokeDasharray="4 3" />}
        <Line yAxisId="kappa" dataKey="kappa" stroke="var(--mantine-color-gray-5)" strokeDasharray="2 3" strokeWidth={1.5} dot={false} isAnimationActive={false} />
        <Line yAxisId="score" dataKey="cosine" stroke="var(--mantine-color-orange-6)" strokeDasharray="7 3" strokeWidth={2} dot={false} isAnimationActive={false} />
        <Line yAxisId="score" dataKey="scf" stroke="var(--mantine-color-indigo-6)" strokeWidth={2} dot={false} isAnimationActive={false} />
      </ComposedChart>
    </ChartCard>
  );
}

function SweepTable({ kinds }: { kinds: readonly SweepKind[] }) {
  return (
    <Table.ScrollContainer minWidth={420}>
      <Table verticalSpacing={2} aria-label="The sweep in numbers" style={{ fontVariantNumeric: 'tabular-nums' }}>
        <Table.Thead>
          <Table.Tr>
            {['Kind', 'Level', 'cos θ', 'SCF score', 'κ'].map((name) => (
              <Table.Th key={name} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {kinds.flatMap(({ kind, points }) =>
            points.map(({ level, cosTheta, scfScore, kappa }) => (
              <Table.Tr key={`${kind} ${level}`}>
                <Table.Td>{degradationNames[kind]}</Table.Td>
                <Table.Td>{fixed(level, 3)}</Table.Td>
                <Table.Td>{fixed(cosTheta, 3)}</Table.Td>
                <Table.Td>{fixed(scfScore, 1)}</Table.Td>
                <Table.Td>{fixed(kappa, 0)}</Table.Td>
              </Table.Tr>
            )),
          )}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
