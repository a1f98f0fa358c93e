import { Button, Group, Table, Text } from '@mantine/core';
import type { CentreComparison, CentreKind } from '../../../training/centres/compare-centres';
import { useConsent } from '../../data/sources/consent';
import { counted, fixed, percent } from '../../components/format';
import { Section } from '../../components/section';
import { useStudio } from '../../shell/use-studio';
import { compareCentres } from '../commands';
import { ModelProgress, useModelsLocked } from '../model-progress';
import { WideTable } from '../../components/wide-table';

const names: Record<CentreKind, string> = {
  means: 'Means, outliers dropped',
  arcface: 'ArcFace classifier',
  cosface: 'CosFace classifier',
  file: 'The file’s rows',
};

/**
 * Compares the ways to make class centres, on pictures that none of the centres made here has seen.
 */
export function CentreComparisonSection() {
  const found = useStudio(({ comparison, config }) =>
    comparison?.shards === config.shards ? comparison.comparison : null,
  );
  const locked = useModelsLocked();
  const { beforeReading, dialog } = useConsent();
  return (
    <Section
      title="Ways to make class centres"
      summary={
        found
          ? undefined
          : 'Embeds the chosen source, makes centres in each way from four fifths of each ' +
            'person’s pictures, and measures them on the rest.'
      }
      topic="comparison"
      folds
      testId="comparison-section"
    >
      <Group>
        <Button
          size="xs"
          variant="default"
          disabled={locked}
          onClick={() => beforeReading(compareCentres)}
        >
          Make and compare them
        </Button>
      </Group>
      <ModelProgress topic="comparison" />
      {found && <Comparison rows={found} />}
      {dialog}
    </Section>
  );
}

function ComparisonRow({ row }: { row: CentreComparison }) {
  const { kind, classifierMargin, seconds } = row;
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        {names[kind]}
        {classifierMargin !== null && `, m = ${classifierMargin}`}
      </Table.Th>
      <Table.Td>{fixed(row.meanCosTheta, 3)}</Table.Td>
      <Table.Td>{fixed(row.meanNearestImpostorCosine, 3)}</Table.Td>
      <Table.Td>{fixed(row.margin, 3)}</Table.Td>
      <Table.Td>{percent(row.top1)}</Table.Td>
      <Table.Td>{seconds === null ? '–' : `${fixed(seconds, 1)} s`}</Table.Td>
    </Table.Tr>
  );
}

function Comparison({ rows }: { rows: readonly CentreComparison[] }) {
  const first = rows[0];
  if (!first) return null;
  return (
    <>
      <WideTable label="Class centres, as a table" minWidth={520}>
        <Table
          data-testid="centre-comparison"
          verticalSpacing={4}
          style={{ fontVariantNumeric: 'tabular-nums' }}
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Class centres</Table.Th>
              <Table.Th scope="col">cos θ to one’s own</Table.Th>
              <Table.Th scope="col">to the nearest other</Table.Th>
              <Table.Th scope="col">margin</Table.Th>
              <Table.Th scope="col">own is nearest</Table.Th>
              <Table.Th scope="col">made in</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <ComparisonRow key={row.kind} row={row} />
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
      <Text size="xs" c="dimmed">
        {counted(first.heldOut, 'picture')} of {counted(first.classes, 'person', 'people')}. A mean
        maximises cos θ to its own pictures; a classifier gives up some of that to be further from
        its neighbours. SCF learns κ from cos θ, so a cos θ that is low because of the centre is
        noise to it. A file’s rows were most likely trained on these very pictures, which makes
        their figures look better.
      </Text>
    </>
  );
}
