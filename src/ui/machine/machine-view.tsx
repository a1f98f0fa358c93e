import {
  Alert,
  Badge,
  Card,
  CopyButton,
  Button,
  Group,
  Select,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { useEffect, useState } from 'react';
import { BenchmarksSection } from './benchmarks-section';
import { isRunActive } from '../data/sources/use-source';
import { bytes } from '../components/format';
import { isLessonActive } from '../models/lesson-slice';
import { requestedBackend } from '../shell/client/studio-client';
import type { StudioState } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';

/** Here a person checks and chooses the backend, sees its self-test, and benchmarks the machine. */
export function MachineView() {
  const backend = useStudio((state) => state.backend);
  const isBusy = useStudio((state) => isRunActive(state) || isLessonActive(state));
  const [storage, setStorage] = useState<StorageEstimate | null>(null);
  useEffect(() => {
    void navigator.storage?.estimate().then(setStorage);
  }, []);
  if (!backend) return <Alert color="gray">The backend is being chosen and tested.</Alert>;
  return (
    <Stack>
      <Card withBorder>
        <Group justify="space-between" mb="xs">
          <Title order={2} size="h5">
            This machine
          </Title>
          <CopyButton
            value={JSON.stringify({ ...backend, storage, userAgent: navigator.userAgent }, null, 2)}
          >
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy the report'}
              </Button>
            )}
          </CopyButton>
        </Group>
        <Table>
          <Table.Tbody>
            {rowsOf(backend, storage).map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th>{name}</Table.Th>
                <Table.Td>{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Select
          mt="sm"
          w={220}
          label="Backend"
          description={
            isBusy ? 'Can be chosen once the run or the lesson has ended' : 'Reloads the page'
          }
          disabled={isBusy}
          data={['auto', 'webgpu', 'wasm']}
          value={requestedBackend()}
          allowDeselect={false}
          onChange={(value) => {
            const address = new URL(location.href);
            address.searchParams.set('backend', value!);
            location.assign(address);
          }}
        />
      </Card>
      <Card withBorder>
        <Group justify="space-between" mb="xs">
          <Title order={2} size="h5">
            Self-test against plain numbers
          </Title>
          <Badge color={backend.selfTest.passed ? 'teal.9' : 'red.9'}>
            {backend.selfTest.passed ? 'passed' : 'failed'}
          </Badge>
        </Group>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Check</Table.Th>
              <Table.Th>Largest error</Table.Th>
              <Table.Th>Allowed</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {backend.selfTest.checks.map(({ name, maxError, tolerance }) => (
              <Table.Tr key={name}>
                <Table.Td>{name}</Table.Td>
                <Table.Td>{maxError.toExponential(1)}</Table.Td>
                <Table.Td>{tolerance}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Text size="xs" c="dimmed">
          In {Math.round(backend.selfTest.milliseconds)} ms.
        </Text>
      </Card>
      <BenchmarksSection backend={backend} />
    </Stack>
  );
}

function rowsOf(
  { backend, reason, adapter, limits, features }: NonNullable<StudioState['backend']>,
  storage: StorageEstimate | null,
): [string, string][] {
  const rows: [string, string][] = [
    ['Backend', backend],
    ['Why', reason],
  ];
  if (adapter) {
    const parts = [adapter.vendor, adapter.architecture, adapter.description];
    rows.push(['Adapter', parts.filter(Boolean).join(' · ') || 'not named']);
  }
  if (limits) {
    rows.push(['Largest storage binding', bytes(limits.maxStorageBufferBindingSize)]);
    rows.push(['Largest buffer', bytes(limits.maxBufferSize)]);
  }
  if (features.length > 0) rows.push(['Features in use', features.join(', ')]);
  const isIsolated = window.crossOriginIsolated;
  rows.push([
    'Cross-origin isolated',
    isIsolated ? 'yes (wasm may use threads)' : 'no (wasm runs on one thread)',
  ]);
  const used = storage ? `${bytes(storage.usage)} of ${bytes(storage.quota)}` : 'unknown';
  rows.push(['Storage of this page', used]);
  return rows;
}
