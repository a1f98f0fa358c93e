import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ResumableRun } from '../studio/protocol';
import { resumeRun, startRun } from './run-actions';
import { counted } from './figures';
import { send } from './studio-client';
import { studioStore } from './studio-store';
import { useStudio } from './use-studio';

/** Offers the run that lies saved, above every view; asks before another takes its place. Where another tab has it, says so. */
export function ResumeBanner() {
  const resumable = useStudio((state) => state.resumable);
  const runState = useStudio((state) => state.runState);
  const isElsewhere = useStudio((state) => state.isElsewhere);
  if (isElsewhere) {
    return (
      <Alert title="Another tab has the run" role="status">
        What it does is shown here as well. Once it has ended there, or that tab is closed, it can be gone on with here.
      </Alert>
    );
  }
  if (!resumable || runState === 'running' || runState === 'preparing') return null;
  // Its head can be had again, and used; the curves of its steps are not kept.
  const isFinished = resumable.epoch >= resumable.config.epochs;
  return (
    <>
      <Alert title={isFinished ? `A finished run: ${resumable.step} steps, ${counted(resumable.config.epochs, 'epoch')}` : `A run saved at step ${resumable.step}, epoch ${resumable.epoch + 1} of ${resumable.config.epochs}`}>
        <Stack align="flex-start" gap="xs">
          Saved {new Date(resumable.savedAt).toLocaleString()}.{resumable.needsFiles && ' Pick its folder first.'}
          <Group>
            <Button size="xs" onClick={resumeRun}>
              {isFinished ? 'Open' : 'Resume'}
            </Button>
            <Button size="xs" variant="default" onClick={() => send({ type: 'discard-saved' })}>
              Discard
            </Button>
          </Group>
        </Stack>
      </Alert>
      <ConfirmStart saved={resumable} />
    </>
  );
}

function ConfirmStart({ saved }: { saved: ResumableRun }) {
  const opened = useStudio((state) => state.confirmingStart);
  const close = () => studioStore.setState({ confirmingStart: false });
  const choose = (perform: () => void) => () => {
    close();
    perform();
  };
  return (
    <Modal opened={opened} onClose={close} title="Start a new run?" centered>
      <Stack>
        <Text size="sm">
          One run is kept in this browser. The new one takes the place of the run saved at step {saved.step} as soon as it saves for the first time.
        </Text>
        <Group>
          <Button size="xs" onClick={choose(resumeRun)} data-autofocus>
            Resume the saved run
          </Button>
          <Button size="xs" variant="default" onClick={choose(startRun)}>
            Start anew
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
