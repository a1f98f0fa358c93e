import { Badge, Button, CopyButton, Loader, Select, Stack, Table, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { bytes } from '../components/format';
import { FactTable } from '../components/fact-table';
import { PlaceIntro } from '../components/place-intro';
import { Section } from '../components/section';
import { WideTable } from '../components/wide-table';
import { isRunActive } from '../data/sources/use-source';
import { isLessonActive } from '../models/lesson-slice';
import { requestedBackend } from '../shell/client/studio-client';
import type { StudioState } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { Term } from '../words/term';
import { BenchmarksSection } from './benchmarks-section';

type Backend = NonNullable<StudioState['backend']>;

/** Here a person checks and chooses the backend, sees its self-test, and benchmarks the machine. */
export function MachineView() {
  const backend = useStudio((state) => state.backend);
  return (
    <Stack gap="xl">
      <PlaceIntro>
        See how fast this machine is, and what does the arithmetic: the{' '}
        <Term name="backend">backend</Term>.
      </PlaceIntro>
      {backend ? (
        <>
          <BenchmarksSection backend={backend} />
          <ThisMachine backend={backend} />
          <SelfTest backend={backend} />
        </>
      ) : (
        <Text size="sm" role="status" c="dimmed">
          <Loader size="xs" mr="xs" aria-hidden /> The backend is being chosen and tested.
        </Text>
      )}
    </Stack>
  );
}

function ThisMachine({ backend }: { backend: Backend }) {
  const isBusy = useStudio((state) => isRunActive(state) || isLessonActive(state));
  const [storage, setStorage] = useState<StorageEstimate | null>(null);
  useEffect(() => {
    void navigator.storage?.estimate().then(setStorage);
  }, []);
  return (
    <Section
      title="This machine"
      aside={
        <CopyButton
          value={JSON.stringify({ ...backend, storage, userAgent: navigator.userAgent }, null, 2)}
        >
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy the report'}
            </Button>
          )}
        </CopyButton>
      }
    >
      <FactTable rows={rowsOf(backend, storage)} />
      <Select
        w={220}
        label="Backend"
        description={
          isBusy ? 'Can be chosen once the run or the lesson has ended' : 'Reloads the page'
        }
        disabled={isBusy}
        data={Object.entries(backendNames).map(([value, label]) => ({ value, label }))}
        value={requestedBackend()}
        allowDeselect={false}
        onChange={(value) => {
          const address = new URL(location.href);
          address.searchParams.set('backend', value!);
          location.assign(address);
        }}
      />
    </Section>
  );
}

const backendNames: Readonly<Record<ReturnType<typeof requestedBackend>, string>> = {
  auto: 'The faster one',
  webgpu: 'Graphics chip (WebGPU)',
  wasm: 'Processor (wasm)',
};

function SelfTest({ backend: { selfTest } }: { backend: Backend }) {
  return (
    <Section
      title="Self-test against plain numbers"
      summary="Small sums with known answers, so that a faulty driver is found before a run."
      folds={selfTest.passed}
      aside={
        <Badge color={selfTest.passed ? 'teal.9' : 'red.9'}>
          {selfTest.passed ? 'passed' : 'failed'}
        </Badge>
      }
    >
      <WideTable label="The self-test, as a table" minWidth={380}>
        <Table
          verticalSpacing={5}
          horizontalSpacing={0}
          maw="44rem"
          style={{ fontVariantNumeric: 'tabular-nums' }}
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Check</Table.Th>
              <Table.Th scope="col">Largest error</Table.Th>
              <Table.Th scope="col">Allowed</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {selfTest.checks.map(({ name, maxError, tolerance }) => (
              <Table.Tr key={name}>
                <Table.Td>{name}</Table.Td>
                <Table.Td>{maxError.toExponential(1)}</Table.Td>
                <Table.Td>{tolerance}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
      <Text size="xs" c="dimmed">
        In {Math.round(selfTest.milliseconds)} ms.
      </Text>
    </Section>
  );
}

function rowsOf(
  { backend, reason, adapter, limits, features }: Backend,
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
