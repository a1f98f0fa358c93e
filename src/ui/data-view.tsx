import { Alert, Card, Group, List, Stack, Table, Text, Title } from '@mantine/core';
import { bytes, count } from './figures';
import { useStudio } from './use-studio';

/** What the run's source holds, and what of it was passed over. */
export function DataView() {
  const source = useStudio((state) => state.source);
  const skipped = useStudio((state) => state.skipped);
  const shards = useStudio((state) => state.config.shards);
  if (!source && skipped.total === 0) {
    return (
      <Alert color="gray">
        The next run reads {shards}. What it holds is known once the run has passed over it.
      </Alert>
    );
  }
  return (
    <Stack>
      {source && (
        <Card withBorder>
          <Title order={2} size="h5" mb="xs">
            {source.info.name}
          </Title>
          <Table>
            <Table.Tbody>
              <Row name="Shards" value={count(source.info.shards.length)} />
              <Row name="Pictures" value={count(source.info.images)} />
              <Row name="People" value={count(source.info.identities)} />
              <Row name="Size" value={bytes(source.info.bytes)} />
              <Row name="Pictures trained on" value={count(source.trainingImages)} />
              <Row name="Pictures of people held out" value={count(source.validationImages)} />
            </Table.Tbody>
          </Table>
        </Card>
      )}
      <Card withBorder>
        <Group justify="space-between">
          <Title order={2} size="h5">
            Passed over
          </Title>
          <Text fw={700}>{count(skipped.total)}</Text>
        </Group>
        {skipped.total === 0 ? (
          <Text size="sm" c="dimmed">
            Every member could be read.
          </Text>
        ) : (
          <List size="sm">
            {skipped.items.map((item, index) => (
              <List.Item key={index}>
                {item.shard}
                {item.member && ` · ${item.member}`}: {item.reason}
              </List.Item>
            ))}
          </List>
        )}
      </Card>
    </Stack>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <Table.Tr>
      <Table.Th>{name}</Table.Th>
      <Table.Td>{value}</Table.Td>
    </Table.Tr>
  );
}
