import { Button, Group, Select, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { MethodName } from '../../confidence/confidence-method';
import { methodsInOrder, methodTitles } from '../../confidence/methods';
import { kappaPercentile, kappaQuality, type KappaProfile } from '../../evaluation/kappa-profile';
import type { SweepKind } from '../../studio/protocol';
import { ChartCard } from '../charts/chart-card';
import { Plot } from '../charts/plot';
import type { PlotData, PlotLayout } from '../charts/plot-layout';
import { fixed } from '../components/format';
import { kappaText, kappaWithMark, percentileMark } from '../components/kappa/kappa-words';
import { ProgressMeter } from '../components/progress-meter';
import { Section } from '../components/section';
import { progressOf } from '../shell/client/tasks-slice';
import { useStudio } from '../shell/use-studio';
import { startSweep, stopSweep } from './commands';
import { degradationNames } from './degradations';
import { COMPARE_POLICY, useReading } from './use-reading';
import { decisive, heldScores, verdictOn, type HeldScore } from './verdict';
import { WideTable } from '../components/wide-table';

/** The false accept rate of the threshold line in every chart. */
const FAR = 0.01;
const HEIGHT = 170;
const COSINE = [-1, 1] as const;
const colours = {
  cosine: 'var(--mantine-color-orange-6)',
  deciding: 'var(--mantine-color-indigo-6)',
  kappa: 'var(--mantine-color-gray-5)',
};

const SCALED =
  'Scores are in standard deviations of the impostor pairs above the threshold of one false ' +
  `accept in ${Math.round(1 / FAR)}: above 0 is accepted. κ is on the axis at the right.`;
const UNSCALED =
  'No threshold is known, so cos θ is on the axis at the left and κ at the right; other ' +
  'scores are in the table.';

/**
 * Shows how scores and κ change as a picture is degraded in each of six ways.
 * @param chosen the method of the verdict; null for the default
 */
export function SweepSection({ chosen }: { chosen: MethodName | null }) {
  const sweep = useStudio((state) => state.sweep);
  const progress = useStudio((state) => progressOf(state, 'sweep'));
  const hasPair = useStudio((state) => state.pair !== null);
  const faceA = useStudio((state) => state.selected.a);
  const faceB = useStudio((state) => state.selected.b);
  const [slot, setSlot] = useState<'a' | 'b'>('a');
  const id = slot === 'a' ? faceA : faceB;
  return (
    <Section title="Degradation sweep" testId="sweep">
      <Text size="sm" c="dimmed">
        Degrades one picture step by step in six ways and compares again each time. Doubt a cosine
        that stays high while κ falls; SCF’s scores fall with κ.
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
      {sweep && <SweepCharts kinds={sweep.kinds} chosen={chosen} />}
    </Section>
  );
}

/** Scales a score: 0 is the threshold, 1 is one standard deviation of the impostor pairs above. */
type Scale = (score: number) => number;

function margins(held: HeldScore | undefined): Scale | null {
  const verdict = held && verdictOn(held, FAR);
  if (!verdict) return null;
  const { impostor } = held.among;
  const mean = impostor.reduce((sum, score) => sum + score, 0) / impostor.length;
  const deviation = Math.sqrt(
    impostor.reduce((sum, score) => sum + (score - mean) ** 2, 0) / impostor.length,
  );
  return (score) => (score - verdict.point.threshold) / (deviation || 1);
}

/** The two scores of the charts: of the method that decides, and cosine. */
interface SweepScales {
  readonly cosine: Scale;
  /** null if cosine decides. */
  readonly deciding: { readonly method: MethodName; readonly scale: Scale } | null;
}

function SweepCharts({
  kinds,
  chosen,
}: {
  kinds: readonly SweepKind[];
  chosen: MethodName | null;
}) {
  const reading = useReading(COMPARE_POLICY);
  const [asTable, setAsTable] = useState(false);
  const scales = useMemo((): SweepScales | null => {
    const scores = kinds[0]?.points[0]?.scores;
    if (!scores) return null;
    const held = heldScores({ policy: COMPARE_POLICY, scores }, reading);
    const cosine = margins(held.find(({ method }) => method === 'cosine'));
    const first = decisive(held, chosen);
    const scale = margins(first);
    if (!cosine || !first || !scale) return null;
    return {
      cosine,
      deciding: first.method === 'cosine' ? null : { method: first.method, scale },
    };
  }, [kinds, reading, chosen]);
  const profile = reading?.kappa ?? null;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="xs" c="dimmed" maw={620}>
          {scales ? SCALED : UNSCALED}
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
        <SweepTable kinds={kinds} profile={profile} />
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {kinds.map((each) => (
            <SweepChart key={each.kind} {...each} scales={scales} profile={profile} />
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
  profile,
}: SweepKind & { scales: SweepScales | null; profile: KappaProfile | null }) {
  const deciding = scales?.deciding ?? null;
  const [layout, data] = useMemo(
    (): [PlotLayout, PlotData] => [
      {
        x: { name: 'level', ends: () => [0, 1] },
        // Keeps the threshold in view, however far above it the scores are.
        y: {
          name: 'score',
          size: 36,
          ends: scales
            ? (least, most) => [1.05 * Math.min(0, least), 1.05 * Math.max(0, most)]
            : undefined,
          ...(!scales && { bounds: COSINE }),
          tick: (score) => String(+score.toFixed(1)),
          inFull: (score) => score.toFixed(2),
        },
        right: {
          name: 'κ',
          size: 44,
          bounds: [0, Infinity],
          ends: (_, most) => [0, 1.05 * most],
          tick: (kappa) => String(Math.round(kappa)),
          inFull: (kappa) => kappaWithMark(kappa, profile),
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
          ...(deciding
            ? [
                {
                  name: methodTitles[deciding.method],
                  kind: 'line',
                  colour: colours.deciding,
                  width: 2,
                } as const,
              ]
            : []),
        ],
        lines: scales
          ? [{ axis: 'y', at: 0, colour: 'var(--mantine-color-red-6)', dash: '4 3' }]
          : [],
      },
      [
        points.map(({ level }) => level),
        points.map(({ kappa }) => kappa),
        points.map(({ scores: { cosine } }) => (scales ? scales.cosine(cosine) : cosine)),
        ...(deciding
          ? [points.map(({ scores }) => scaled(scores[deciding.method], deciding.scale))]
          : []),
      ],
    ],
    [points, scales, deciding, profile],
  );
  const legend = [
    { name: 'cosine', colour: colours.cosine },
    ...(deciding ? [{ name: methodTitles[deciding.method], colour: colours.deciding }] : []),
    ...(points[0]?.kappa != null ? [{ name: 'κ', colour: colours.kappa }] : []),
  ];
  return (
    <ChartCard title={degradationNames[kind]} height={HEIGHT} legend={legend}>
      <Plot label={degradationNames[kind]} layout={layout} data={data} height={HEIGHT} />
    </ChartCard>
  );
}

const scaled = (score: number | undefined, scale: Scale): number | null =>
  score === undefined ? null : scale(score);

function SweepTable({
  kinds,
  profile,
}: {
  kinds: readonly SweepKind[];
  profile: KappaProfile | null;
}) {
  const methods = methodsInOrder(kinds[0]?.points[0]?.scores ?? {});
  const titles = methods.map((method) => (method === 'cosine' ? 'cos θ' : methodTitles[method]));
  const place = (kappa: number | null): string[] => {
    if (kappa === null || !profile) return ['–', '–'];
    const quality = kappaQuality(kappa, profile);
    return [percentileMark(kappaPercentile(kappa, profile)), fixed(quality, 0)];
  };
  return (
    <WideTable label="The sweep, as a table" minWidth={520}>
      <Table
        verticalSpacing={2}
        aria-label="The sweep in numbers"
        style={{ fontVariantNumeric: 'tabular-nums' }}
      >
        <Table.Thead>
          <Table.Tr>
            {['Kind', 'Level', ...titles, 'κ', 'Percentile', 'Quality'].map((name) => (
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
                {methods.map((method) => (
                  <Table.Td key={method}>
                    {fixed(scores[method], method === 'cosine' ? 3 : 1)}
                  </Table.Td>
                ))}
                <Table.Td>{kappaText(kappa)}</Table.Td>
                {place(kappa).map((text, i) => (
                  <Table.Td key={i}>{text}</Table.Td>
                ))}
              </Table.Tr>
            )),
          )}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}
