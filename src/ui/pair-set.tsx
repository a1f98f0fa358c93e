import { Alert, Button, Group, List, Stack, Table, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { useRef, useState } from 'react';
import type { PairSetFigures } from '../studio/protocol';
import { Section } from './section';
import { count } from './figures';
import { askedFor } from './pair-slice';
import { headSentence, pairRows, pairsSentence } from './pair-words';
import { ProgressMeter } from './progress-meter';
import { send } from './studio-client';
import { studioStore } from './studio-store';
import { useStudio } from './use-studio';

/** A published verification set, scored in the page: how well cosine and the SCF score tell its pairs apart. */
export function PairSet() {
  const asked = useStudio((state) => state.pairsAsked);
  const progress = useStudio((state) => state.pairsProgress);
  const set = useStudio((state) => state.pairSet);
  const failed = useStudio((state) => state.pairsFailed);
  return (
    <Section title="A verification set" testId="pair-set">
      {asked === null && <SetInput />}
      {asked !== null && progress && <ProgressMeter progress={progress} onStop={() => send({ type: 'stop-pairs' })} />}
      {asked !== null && !progress && (
        <Text size="sm" role="status">
          Opening {asked}
        </Text>
      )}
      <div aria-live="polite">
        {set && <Figures set={set} />}
        {failed !== null && (
          <Text size="sm" c="red">
            {failed} has no figures: the message at the top of the page says why.
          </Text>
        )}
        {!set && asked === null && failed === null && (
          <Text size="sm" c="dimmed">
            No set has been scored: its AUC, its true accepts at three false accept rates, and its best accuracy will stand here.
          </Text>
        )}
      </div>
    </Section>
  );
}

/** Scores a file; figures of the one before leave the page. */
function scoreSet(file: File): void {
  studioStore.setState(askedFor(file.name));
  send({ type: 'score-pairs', file });
}

function SetInput() {
  const open = useRef<() => void>(null);
  const [several, setSeveral] = useState(false);
  const isReady = useStudio((state) => state.backend !== null);
  const isRunOn = useStudio(({ runState }) => runState === 'preparing' || runState === 'running' || runState === 'paused');
  const isLocked = !isReady || isRunOn;
  return (
    <Stack gap="xs">
      {/* The button is what keys and screen readers meet; around it lies where a file may be dropped. No types are named, as browsers know none for .bin. */}
      <Dropzone
        openRef={open}
        activateOnClick={false}
        activateOnKeyboard={false}
        enablePointerEvents
        useFsAccessApi={false}
        multiple={false}
        disabled={isLocked}
        p="sm"
        onDrop={([file]) => {
          setSeveral(false);
          if (file) scoreSet(file);
        }}
        onReject={() => setSeveral(true)}
      >
        <Group gap="sm" justify="center">
          <Button size="xs" variant="default" disabled={isLocked} onClick={() => open.current?.()}>
            Choose a .bin file
          </Button>
          <Text size="sm" c={isLocked ? 'dimmed' : undefined}>
            or drop one here: lfw.bin, cfp_fp.bin, agedb_30.bin …
          </Text>
        </Group>
      </Dropzone>
      <Text size="xs" c="dimmed">
        Its pictures must be aligned crops of 112 × 112, as those of published sets are; they stay on this machine.
      </Text>
      {isRunOn && <Text size="sm">A run is on: scoring a set beside it would slow both. Score it once the run has ended.</Text>}
      {several && (
        <Text size="sm" c="red" role="alert">
          One set at a time: drop a single file.
        </Text>
      )}
    </Stack>
  );
}

function Figures({ set }: { set: PairSetFigures }) {
  const isOld = useStudio((state) => state.pairSetIsOld);
  return (
    <Stack gap="xs" data-testid="pair-figures">
      {!set.complete && (
        <Alert color="yellow" data-testid="pairs-partial">
          It was stopped. Sets keep their pairs in blocks of one kind, so figures of the first of them needn’t be near those of all.
        </Alert>
      )}
      <Table captionSide="top" verticalSpacing={4} style={{ fontVariantNumeric: 'tabular-nums' }}>
        <Table.Caption ta="start" c="var(--mantine-color-text)">{pairsSentence(set)}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Figure</Table.Th>
            <Table.Th scope="col">Cosine</Table.Th>
            {set.scf && <Table.Th scope="col">SCF score</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {pairRows(set).map(({ name, cells }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={500}>
                {name}
              </Table.Th>
              {cells.map((cell, method) => (
                <Table.Td key={method}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed">
        {headSentence(set, isOld)} A percentage’s “at” is its threshold. The best accuracy was chosen on the pairs that it is measured on, which is kinder than on others.
      </Text>
      <Skipped set={set} />
    </Stack>
  );
}

function Skipped({ set: { skipped } }: { set: PairSetFigures }) {
  if (skipped.count === 0) return null;
  return (
    <List size="xs" style={{ overflowWrap: 'anywhere' }} aria-label="Skipped pairs">
      {skipped.reasons.map((reason) => (
        <List.Item key={reason}>Skipped {reason}</List.Item>
      ))}
      {skipped.count > skipped.reasons.length && <List.Item>and {count(skipped.count - skipped.reasons.length)} more</List.Item>}
    </List>
  );
}
