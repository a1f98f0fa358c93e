import { Button, Group, Text } from '@mantine/core';
import { download } from '../../components/download';
import { chooseHead } from '../../heads/commands';
import { RunFiles } from '../../models/run-files';
import { series } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { downloadEvents, pickEventFolder } from '../events/event-recorder';

/** Downloads of the run: its files, its metrics and its TensorBoard file. */
export function RunExports({ hasSteps }: { hasSteps: boolean }) {
  const savedStep = useStudio((state) => state.savedStep);
  return (
    <Group>
      <CompareWithRun />
      <RunFiles />
      <Button
        size="xs"
        variant="default"
        disabled={!hasSteps}
        onClick={() => download('metrics.csv', series.csv())}
      >
        Download the metrics (CSV)
      </Button>
      <EventFiles />
      {savedStep !== null && (
        <Text size="xs" c="dimmed">
          Saved in this browser at step {savedStep}
        </Text>
      )}
    </Group>
  );
}

/** Chooses the run's head to compare faces with, or says that it is in use. */
function CompareWithRun() {
  const isAvailable = useStudio(({ availableHeads }) =>
    availableHeads.some(({ kind }) => kind === 'run'),
  );
  const isChosen = useStudio(({ headChoice }) => headChoice.kind === 'run');
  if (isChosen) return <Text size="sm">Faces are compared with this head.</Text>;
  return (
    <Button size="xs" disabled={!isAvailable} onClick={() => chooseHead({ kind: 'run' })}>
      Compare with this head
    </Button>
  );
}

/** The run's TensorBoard file: as a download, or written to a folder if the browser can do so. */
function EventFiles() {
  const name = useStudio((state) => state.eventFile);
  const folder = useStudio((state) => state.eventFolder);
  if (name === null) return null;
  return (
    <>
      <Button size="xs" variant="default" title={name} onClick={() => void downloadEvents()}>
        Download the event file
      </Button>
      {'showDirectoryPicker' in window && (
        <Button size="xs" variant="default" onClick={() => void pickEventFolder()}>
          {folder === null ? 'Write events into a folder …' : `Writing into “${folder}”`}
        </Button>
      )}
    </>
  );
}
