import { Alert, Card, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import type { RunSummary } from '../../../runs/run-manifest';
import { FactTable } from '../../components/fact-table';
import { bytes, count, fixed } from '../../components/format';
import { useStudio } from '../../shell/use-studio';
import { keptRuns } from '../commands';
import { PlaceError } from '../place-error';
import { RunName } from '../run-name';
import { exactTime, lengthWords, stateOf } from '../run-words';
import { placeOfRun } from '../runs-slice';
import { Star } from '../star';
import { RunActions } from './run-actions';

/** The run that is chosen: what can be done with it, its note and its facts. */
export function RunPanel({ run }: { run: RunSummary }) {
  const state = useStudio((studio) => stateOf(run, studio));
  return (
    // Not by its heading: an input stands there while the run is renamed.
    <Card withBorder component="section" aria-label={run.name} data-testid="run-panel">
      <Stack gap="sm">
        <Group gap="xs" wrap="nowrap">
          <Star run={run} />
          <RunName run={run}>
            <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
              {run.name}
            </Title>
          </RunName>
        </Group>
        <Text size="sm">
          {capitalised(state)}: {lengthWords(run)}
          {run.spearman !== null && `, Spearman’s ρ ${fixed(run.spearman, 3)}`}.
        </Text>
        {run.failure !== null && (
          <Alert role="note" color="red" title="Why it failed">
            {run.failure}
          </Alert>
        )}
        <PlaceError place={placeOfRun(run.id)} />
        <RunActions run={run} />
        <Note key={run.id} run={run} />
        <details>
          <Text component="summary" size="sm" style={{ cursor: 'pointer' }}>
            Where it comes from
          </Text>
          <FactTable rows={factsOf(run)} testId="run-facts" />
        </details>
      </Stack>
    </Card>
  );
}

/** A person's own words on a run; saved when the input loses the focus. */
function Note({ run }: { run: RunSummary }) {
  const [draft, setDraft] = useState(run.note);
  const save = () => {
    if (draft !== run.note) void keptRuns.label(run.id, { note: draft });
  };
  return (
    <Textarea
      label="Note"
      placeholder="What you tried, and what came of it"
      autosize
      minRows={1}
      maxRows={6}
      value={draft}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={save}
    />
  );
}

const origins: Readonly<Record<RunSummary['origin'], string>> = {
  trained: 'trained here',
  imported: 'imported from a file',
  migrated: 'kept by an earlier version of the studio',
};

function factsOf(run: RunSummary): [string, string][] {
  const { data, backbone, versions, startedAt, changedAt, checkpointStep } = run;
  const pictures =
    data.trainingImages === null
      ? 'not counted'
      : `${count(data.trainingImages)} to train on` +
        (data.validationImages === null ? '' : `, ${count(data.validationImages)} held out`);
  return [
    ['Origin', origins[run.origin]],
    ['Begun', exactTime(startedAt)],
    ['Last saved', exactTime(changedAt)],
    ['Data', data.name],
    ['Pictures', pictures],
    ['Backbone', backbone.name],
    ['Machine', run.machine],
    ['Versions', `studio ${versions.studio}, tfjs ${versions.tfjs}`],
    ['Checkpoint', checkpointStep === null ? 'none' : `step ${count(checkpointStep)}`],
    ['Size', bytes(run.bytes)],
  ];
}

const capitalised = (words: string): string => words[0]!.toUpperCase() + words.slice(1);
