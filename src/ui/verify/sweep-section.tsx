import { Button, Group, Select, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { operatingPoint } from '../../evaluation/roc';
import type { SweepKind } from '../../studio/protocol';
import type { PairDistributions } from '../../training/session/run-events';
import { ChartCard } from '../charts/chart-card';
import { Plot } from '../charts/plot';
import type { PlotData, PlotLayout } from '../charts/plot-layout';
import { fixed } from '../components/format';
import { ProgressMeter } from '../components/progress-meter';
import { Section } from '../components/section';
import { useStudio } from '../shell/use-studio';
import { useDistributions } from './use-distributions';
import { startSweep, stopSweep } from './commands';
import { degradationNames } from './degradations';

/** The false accept rate of the threshold line in every chart. */
const FAR = 0.01;
const HEIGHT = 170;
const COSINE = [-1, 1] as const;
const colours = {
  cosine: 'var(--mantine-color-orange-6)',
  scf: 'var(--mantine-color-indigo-6)',
  kappa: 'var(--mantine-color-gray-5)',
};

const SCALED =
  'Scores are in standard deviations of the impostor pairs above the threshold of one false ' +
  `accept in ${Math.round(1 / FAR)}: above 0 is accepted. κ is on the axis at the right.`;
const UNSCALED =
  'No threshold is known, so cos θ is on the axis at the left and κ at the right; the SCF score ' +
  'is in the table.';

/** Shows how both scores and κ change as a picture is degraded in each of six ways. */
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
        Degrades one picture step by step in six ways and compares again each time. Doubt a cosine
        that stays high while κ falls; the SCF score falls with κ.
      </Text>
      {progress ? (
        <ProgressMeter progress={progress} onStop={stopSweep} />
      ) : (
        <Group align="flex-end">
          <Select
            size="xs"
            label="Picture to degrade"
            w={160}
            allowDeselect={false}
            data={[
              { value: 'a', label: 'of face A' },
              { value: 'b', label: 'of face B' },
            ]}
            value={slot}
            onChange={(value) => setSlot(value as 'a' | 'b')}
          />
          <Button
            size="xs"
            disabled={!hasPair || id === null}
            onClick={() => id !== null && startSweep(slot, id)}
          >
            Sweep
          </Button>
          {!hasPair && <Text size="sm">Choose two faces first.</Text>}
        </Group>
      )}
      {sweep && <SweepCharts kinds={sweep.kinds} />}
    </Section>
  );
}

/** Scales a score: 0 is the threshold, 1 is one standard deviation of the impostor pairs above. */
function margins(among: PairDistributions | undefined): ((score: number) => number) | null {
  const point = among && operatingPoint(among.genuine, among.impostor, FAR);
  if (!point) return null;
  const mean = among.impostor.reduce((sum, score) => sum + score, 0) / among.impostor.length;
  const deviation = Math.sqrt(
    among.impostor.reduce((sum, score) => sum + (score - mean) ** 2, 0) / among.impostor.length,
  );
  return (score) => (score - point.threshold) / (deviation || 1);
}

function SweepCharts({ kinds }: { kinds: readonly SweepKind[] }) {
  const distributions = useDistributions('full');
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
          {known ? SCALED : UNSCALED}
        </Text>
        <Button
          size="compact-xs"
          variant="default"
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        >
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

function SweepChart({
  kind,
  points,
  scales,
  known,
}: SweepKind & {
  scales: { cosine: ((score: number) => number) | null; scf: ((score: number) => number) | null };
  known: boolean;
}) {
  const [layout, data] = useMemo(
    (): [PlotLayout, PlotData] => [
      {
        x: { name: 'level', ends: () => [0, 1] },
        // Keeps the threshold in view, however far above it the scores are.
        y: {
          name: 'score',
          size: 36,
          ends: known
            ? (least, most) => [1.05 * Math.min(0, least), 1.05 * Math.max(0, most)]
            : undefined,
          ...(!known && { bounds: COSINE }),
          tick: (score) => String(+score.toFixed(1)),
          inFull: (score) => score.toFixed(2),
        },
        right: {
          name: 'κ',
          size: 44,
          bounds: [0, Infinity],
          ends: (_, most) => [0, 1.05 * most],
          tick: (kappa) => String(Math.round(kappa)),
          inFull: (kappa) => kappa.toFixed(0),
        },
        series: [
          {
            name: 'κ',
            kind: 'line',
            colour: colours.kappa,
            dash: '2 3',
            width: 1.5,
            isRight: true,
          },
          { name: 'cosine', kind: 'line', colour: colours.cosine, dash: '7 3', width: 2 },
          { name: 'SCF score', kind: 'line', colour: colours.scf, width: 2 },
        ],
        lines: known
          ? [{ axis: 'y', at: 0, colour: 'var(--mantine-color-red-6)', dash: '4 3' }]
          : [],
      },
      [
        points.map(({ level }) => level),
        points.map(({ kappa }) => kappa),
        points.map(({ scores }) => (known ? scales.cosine!(scores.cosine) : scores.cosine)),
        points.map(({ scores: { scf } }) => (known && scf !== undefined ? scales.scf!(scf) : null)),
      ],
    ],
    [points, scales, known],
  );
  const legend = [
    { name: 'cosine', colour: colours.cosine },
    ...(known ? [{ name: 'SCF score', colour: colours.scf }] : []),
    ...(points[0]?.kappa != null ? [{ name: 'κ', colour: colours.kappa }] : []),
  ];
  return (
    <ChartCard title={degradationNames[kind]} height={HEIGHT} legend={legend}>
      <Plot label={degradationNames[kind]} layout={layout} data={data} height={HEIGHT} />
    </ChartCard>
  );
}

function SweepTable({ kinds }: { kinds: readonly SweepKind[] }) {
  return (
    <Table.ScrollContainer minWidth={420}>
      <Table
        verticalSpacing={2}
        aria-label="The sweep in numbers"
        style={{ fontVariantNumeric: 'tabular-nums' }}
      >
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
            points.map(({ level, scores, kappa }) => (
              <Table.Tr key={`${kind} ${level}`}>
                <Table.Td>{degradationNames[kind]}</Table.Td>
                <Table.Td>{fixed(level, 3)}</Table.Td>
                <Table.Td>{fixed(scores.cosine, 3)}</Table.Td>
                <Table.Td>{fixed(scores.scf ?? null, 1)}</Table.Td>
                <Table.Td>{fixed(kappa, 0)}</Table.Td>
              </Table.Tr>
            )),
          )}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
