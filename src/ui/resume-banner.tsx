import { Alert, Button, Group, Stack } from '@mantine/core';
import { send } from './studio-client';
import { beginRun, studioStore } from './studio-store';
import { useStudio } from './use-studio';

/** Offers the run that lies saved, above every view. */
export function ResumeBanner() {
  const resumable = useStudio((state) => state.resumable);
  if (!resumable) return null;
  const resume = () => {
    beginRun();
    studioStore.setState({ config: resumable.config });
    send({ type: 'resume-saved', files: studioStore.getState().files });
  };
  return (
    <Alert title={`A run saved at step ${resumable.step}, epoch ${resumable.epoch}`}>
      <Stack align="flex-start" gap="xs">
        Saved {new Date(resumable.savedAt).toLocaleString()}.{resumable.needsFiles && ' Pick its folder of shards first.'}
        <Group>
          <Button size="xs" onClick={resume}>
            Resume
          </Button>
          <Button size="xs" variant="default" onClick={() => send({ type: 'discard-saved' })}>
            Discard
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
