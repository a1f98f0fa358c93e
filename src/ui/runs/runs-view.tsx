import { Alert, Button, Card, Group, List, Stack, Text, Title } from '@mantine/core';
import { useDeferredValue } from 'react';
import { counted } from '../components/format';
import { Section } from '../components/section';
import { isRunActive } from '../data/sources/use-source';
import { FileDrop } from '../components/files/file-drop';
import { showPlace } from '../shell/address/show-place';
import { useStudio } from '../shell/use-studio';
import { Overlay } from './chosen/overlay';
import { RunPanel } from './chosen/run-panel';
import { keptRuns } from './commands';
import { RunList, RunListSkeleton } from './list/run-list';
import { PlaceError } from './place-error';
import { placeOfRun } from './runs-slice';
import { SpaceSection } from './space/space-section';
import { useFreshList } from './use-fresh-list';

/** The runs that are kept: a list, what each became, and several over each other. */
export function RunsView() {
  useFreshList();
  const listing = useStudio(({ runs }) => runs.listing);
  const chosenId = useStudio(({ runs }) => runs.chosenId);
  const hasFailed = useStudio(({ runs }) => runs.failures.list !== undefined);
  const chosen = listing?.runs.find(({ id }) => id === chosenId);
  // The list stands first: what it costs to draw a run's charts comes after, a slice at a time.
  const described = useDeferredValue(chosen ?? null, null);
  const isListDrawn = useDeferredValue(true, false);
  return (
    <Stack>
      <Section title="Runs" aside={listing && <Aside runs={listing.runs.length} />} testId="runs">
        <PlaceError place="list" title="The runs can’t be listed" />
        {hasFailed && (
          <Group>
            <Button size="xs" variant="default" onClick={() => void keptRuns.refresh()}>
              Try again
            </Button>
          </Group>
        )}
        {!listing && !hasFailed && <RunListSkeleton />}
        {listing && <Problems problems={listing.problems} />}
        <ErrorsOfOthers />
        {listing?.runs.length === 0 && <EmptyState />}
        {listing && listing.runs.length > 0 && <RunList runs={listing.runs} />}
      </Section>
      {described && <RunPanel key={described.id} run={described} />}
      {described && <Overlay chosenId={described.id} />}
      {isListDrawn && <ImportSection />}
      {isListDrawn && listing && listing.runs.length > 0 && <SpaceSection listing={listing} />}
    </Stack>
  );
}

const Aside = ({ runs }: { runs: number }) => (
  <Text size="sm" c="dimmed">
    {counted(runs, 'run')}
  </Text>
);

function EmptyState() {
  // The first run has its place in the list once it is prepared.
  const isOn = useStudio(isRunActive);
  return (
    <Card bg="var(--mantine-color-default-hover)" data-testid="no-runs">
      <Stack align="flex-start" gap="sm">
        <Title order={3} size="h6">
          {isOn ? 'The first run is being prepared' : 'No run yet'}
        </Title>
        <Text size="sm">
          Every run is kept here with its settings, its curves and its head, so that you can compare
          it with the next.
        </Text>
        <Button size="xs" onClick={() => showPlace('train')}>
          {isOn ? 'Watch it' : 'Train the first'}
        </Button>
      </Stack>
    </Card>
  );
}

/** What couldn't be read, or was set aside. */
function Problems({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <Alert color="yellow" role="status" title="Not everything could be read">
      <List size="sm">
        {problems.map((problem) => (
          <List.Item key={problem}>{problem}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** Errors about runs that are in the list and not chosen: their panel isn't there to show them. */
function ErrorsOfOthers() {
  const runs = useStudio((state) => state.runs);
  return runs.listing?.runs
    .filter(({ id }) => id !== runs.chosenId && runs.failures[placeOfRun(id)])
    .map(({ id, name }) => <PlaceError key={id} place={placeOfRun(id)} title={name} />);
}

function ImportSection() {
  const pending = useStudio(({ runs }) => runs.pending.import);
  return (
    <Section title="A run from a file" testId="import-run">
      <PlaceError place="import" />
      <FileDrop
        label="Import a run"
        hint="or drop its .scfrun file here"
        disabled={pending !== undefined}
        onFiles={([file]) => file && void keptRuns.import(file)}
      />
      {pending && (
        <Text size="sm" role="status">
          {pending} …
        </Text>
      )}
    </Section>
  );
}
