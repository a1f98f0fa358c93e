import { Alert, Button, Group, Stack } from '@mantine/core';
import { discardRun, resumeRun } from './run-actions';
import { isFinishedRun } from './confirm/runs-at-stake';
import { counted } from '../components/format';
import { useStudio } from '../shell/use-studio';

/** Offers the run that lies saved, above every view. Where another tab has it, says so. */
export function ResumeBanner() {
  const resumable = useStudio((state) => state.resumable);
  const runState = useStudio((state) => state.runState);
  const isElsewhere = useStudio((state) => state.isWatching);
  if (isElsewhere) {
    return (
      <Alert title="Another tab has the run" role="status">
        What it does is shown here as well. Once it has ended there, or that tab is closed, it can
        be gone on with here.
      </Alert>
    );
  }
  if (!resumable || runState === 'running' || runState === 'preparing') return null;
  // Its head can be had again, and used; the curves of its steps are not kept.
  const isFinished = isFinishedRun(resumable);
  return (
    <Alert
      title={
        isFinished
          ? `A finished run: ${counted(resumable.step, 'step')}, ` +
            `${counted(resumable.config.epochs, 'epoch')}`
          : `A run saved at step ${resumable.step}, epoch ${resumable.epoch + 1} of ` +
            `${resumable.config.epochs}`
      }
    >
      <Stack align="flex-start" gap="xs">
        Saved {new Date(resumable.savedAt).toLocaleString()}.
        {resumable.needsFiles && ' Pick its folder first.'}
        <Group>
          <Button size="xs" onClick={resumeRun}>
            {isFinished ? 'Open' : 'Resume'}
          </Button>
          <Button size="xs" variant="default" onClick={discardRun}>
            Discard
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
