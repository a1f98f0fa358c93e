import { Group, List, Stack, Text, Title } from '@mantine/core';
import { bytes, count } from '../figures';
import { useStudio } from '../use-studio';
import { FactTable } from '../fact-table';
import { Section } from '../section';

/** What the last run's source held, and what of it was passed over. */
export function LastRun() {
  const source = useStudio((state) => state.source);
  const skipped = useStudio((state) => state.skipped);
  return (
    <Section title="The last run’s data" testId="last-run">
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
        </Stack>
      )}
      {!source && skipped.total === 0 ? (
        <Text size="sm" c="dimmed">
          No run has passed over its data yet.
        </Text>
      ) : (
        <PassedOver />
      )}
    </Section>
  );
}

function PassedOver() {
  const { items, total } = useStudio((state) => state.skipped);
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Title order={3} size="h6">
          Passed over
        </Title>
        <Text fw={700}>{count(total)}</Text>
      </Group>
      {total === 0 ? (
        <Text size="sm" c="dimmed">
          Every member could be read.
        </Text>
      ) : (
        <List size="sm" style={{ overflowWrap: 'anywhere' }}>
          {items.map((item, index) => (
            <List.Item key={index}>
              {item.shard}
              {item.member && ` · ${item.member}`}: {item.reason}
            </List.Item>
          ))}
          {total > items.length && <List.Item>and {count(total - items.length)} more</List.Item>}
        </List>
      )}
    </Stack>
  );
}

const countOrLater = (value: number | null): string => (value === null ? 'known after the first epoch' : count(value));
