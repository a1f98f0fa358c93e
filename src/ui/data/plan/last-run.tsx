import { Group, Stack, Text, Title } from '@mantine/core';
import { totalOf, type LeftOut } from '../../../faces/survey/left-out';
import { bytes, count } from '../../components/format';
import { useStudio } from '../../shell/use-studio';
import { FactTable } from '../../components/fact-table';
import { Section } from '../../components/section';
import { LeftOutList } from '../survey/left-out-list';
import { SourceNotes } from '../sources/source-notes';

/** The contents of the last run's source, and what the run left out. */
export function LastRun() {
  const source = useStudio((state) => state.source);
  const groups = useStudio((state) => state.leftOut);
  return (
    <Section
      title="The last run’s data"
      summary="What the last run read, and which files and records it had to leave out."
      folds
      testId="last-run"
    >
      {source && (
        <Stack gap={4}>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {source.info.name}
          </Text>
          <FactTable
            rows={[
              ['Shards', count(source.info.shards.length)],
              ['Pictures', count(source.info.images)],
              ['People', count(source.info.identities)],
              ['Size', bytes(source.info.bytes)],
              ['Pictures trained on', countOrLater(source.trainingImages)],
              ['Pictures of people held out', countOrLater(source.validationImages)],
            ]}
          />
          <SourceNotes notes={source.info.notes} />
        </Stack>
      )}
      {!source && groups.length === 0 ? (
        <Text size="sm" c="dimmed">
          No run has read its data yet.
        </Text>
      ) : (
        <LeftOutSection groups={groups} />
      )}
    </Section>
  );
}

function LeftOutSection({ groups }: { groups: readonly LeftOut[] }) {
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Title order={3} size="h6">
          Left out
        </Title>
        <Text fw={700}>{count(totalOf(groups))}</Text>
      </Group>
      {groups.length === 0 ? (
        <Text size="sm" c="dimmed">
          Every file and record was used.
        </Text>
      ) : (
        <LeftOutList groups={groups} />
      )}
    </Stack>
  );
}

const countOrLater = (value: number | null): string =>
  value === null ? 'known after the first epoch' : count(value);
