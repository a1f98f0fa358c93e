import { Alert, Button, Group, Stack } from '@mantine/core';
import type { ResumableRun } from '../../studio/protocol';
import { isActive } from '../../training/session/run-machine';
import { keptRuns } from '../runs/commands';
import { goOn } from '../runs/chosen/go-on';
import { PlaceError } from '../runs/place-error';
import { placeOfRun } from '../runs/runs-slice';
import { needsFiles, pickedName } from '../runs/run-words';
import { counted } from '../components/format';
import { useStudio } from '../shell/use-studio';

/** Offers to resume the saved run, above Train; or says that another tab has it. */
export function ResumeBanner() {
  const resumable = useStudio((state) => state.resumable);
  const runState = useStudio((state) => state.runState);
  const isWatching = useStudio((state) => state.isWatching);
  if (isWatching) {
    return (
      <Alert title="Another tab has the run" role="status">
        Its progress is shown here as well. You can resume it here once it has ended there, or that
        tab is closed.
      </Alert>
    );
  }
  if (!resumable || isActive(runState)) return null;
  return (
    <Alert mb="lg" title={titleOf(resumable)}>
      <Stack align="flex-start" gap="xs">
        {resumable.name}, saved {new Date(resumable.savedAt).toLocaleString()}.
        {needsFiles(resumable) && ` “${pickedName(resumable)}” has to be picked again.`}
        <Group>
          <Button size="xs" onClick={() => void goOn(resumable)}>
            {resumable.isFinished ? 'Open' : 'Resume'}
          </Button>
          <Button size="xs" variant="default" onClick={() => void keptRuns.remove(resumable.runId)}>
            Discard
          </Button>
        </Group>
        <PlaceError place={placeOfRun(resumable.runId)} />
      </Stack>
    </Alert>
  );
}

/**
 * What is offered. Epochs are counted as done, as the page does elsewhere: at the end of the fifth
 * of twelve it says "5/12", and the sixth has not begun.
 */
export function titleOf(run: ResumableRun): string {
  const { step, epoch, config, isFinished } = run;
  if (isFinished) return `A finished run: ${counted(step, 'step')}, ${counted(epoch, 'epoch')}`;
  return `A run saved at step ${step}, ${epoch} of ${counted(config.epochs, 'epoch')} done`;
}
