import { Alert, Stack, Text } from '@mantine/core';
import { resumeFile, loadHead } from './commands';
import { methodTitles } from '../../confidence/methods';
import { counted } from '../components/format';
import { HeadWarning } from '../train/head-warning';
import { Section } from '../components/section';
import { useStudio } from '../shell/use-studio';
import { FileDrop } from './file-drop';
import { ModelProgress, useModelsLocked } from './model-progress';
import { RunFiles } from './run-files';

/** Heads and runs from files, and files of the run at hand. */
export function HeadSection() {
  const head = useStudio((state) => state.headInUse);
  const locked = useModelsLocked();
  return (
    <>
      <Section title="A trained head" topic="head" testId="head-section">
        <Text size="sm" c="dimmed">
          Gives κ in Verify without a run: a head that this studio or the published code saved, or
          one that came back from torchrun.
        </Text>
        {head && (
          <Alert color={head.backboneVerified ? 'teal' : 'yellow'} p="xs" data-testid="head-in-use">
            {head.name}
            {head.ready && ', which comes with the studio'}: a {head.head} head of{' '}
            {methodTitles[head.method]}
            {head.step !== null && `, ${counted(head.step, 'step')} trained`}.{' '}
            {head.backboneVerified
              ? 'It was trained on the backbone in use.'
              : 'The file doesn’t say which backbone it was trained on: its κ means something only on that one, fed the same way.'}
          </Alert>
        )}
        <HeadWarning />
        <FileDrop
          label="Choose a head"
          hint="or drop one here: .safetensors, or ckpt_e….pt"
          disabled={locked}
          onFiles={([file]) => file && loadHead(file)}
        />
        <ModelProgress topic="head" />
      </Section>
      <Section title="Checkpoints" topic="files" testId="files-section">
        <Stack gap="sm">
          <RunFiles />
          <FileDrop
            label="Go on with a run"
            hint="or drop its file here: run….safetensors, or ckpt_e….pt"
            disabled={locked}
            onFiles={([file]) => file && resumeFile(file)}
          />
          <Text size="xs" c="dimmed">
            A run that this studio saved goes on with its own settings, to the very losses that it
            would have had. A checkpoint of the published code has no settings: those on show are
            used, and the epoch, the step and Adam’s moments are its own.
          </Text>
          <FileBusy />
        </Stack>
      </Section>
    </>
  );
}

function FileBusy() {
  const isBusy = useStudio((state) => state.modelPending && state.modelTopic === 'files');
  return isBusy ? (
    <Text size="sm" role="status">
      Making the file
    </Text>
  ) : null;
}
