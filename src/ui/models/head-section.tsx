import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { resumeFile, loadHead } from './commands';
import { methodTitles } from '../../confidence/methods';
import { counted } from '../components/format';
import { chooseHead } from '../heads/commands';
import { HeadChip } from '../heads/head-chip';
import { headName } from '../heads/head-words';
import { HeadWarning } from '../train/head-warning';
import { Section } from '../components/section';
import { isPending as isTaskPending } from '../shell/client/tasks-slice';
import { useStudio } from '../shell/use-studio';
import { FileDrop } from './file-drop';
import { ModelProgress, useModelsLocked } from './model-progress';
import { RunFiles } from './run-files';

const UNVERIFIED =
  'The file doesn’t say which backbone it was trained on: its κ has a meaning only with that one ' +
  'and the same input convention.';

/** Loads heads and runs from files, and downloads files of the loaded run. */
export function HeadSection() {
  const head = useStudio((state) => state.fileHead);
  const isChosen = useStudio(({ headChoice }) => headChoice.kind === 'file');
  const locked = useModelsLocked();
  return (
    <>
      <Section title="A trained head" topic="head" testId="head-section">
        <Text size="sm" c="dimmed">
          Gives κ in Verify without a run, once you choose it. Load a head that this studio, the
          published code or torchrun has saved.
        </Text>
        {head && (
          <Alert color={head.backboneVerified ? 'teal' : 'yellow'} p="xs" data-testid="file-head">
            {head.name}: a {head.head} head of {methodTitles[head.method]}
            {head.step !== null && `, ${counted(head.step, 'step')} trained`}.{' '}
            {head.backboneVerified ? 'It was trained on the backbone in use.' : UNVERIFIED}
          </Alert>
        )}
        {head && !isChosen && (
          <Group>
            <Button size="xs" onClick={() => chooseHead({ kind: 'file' })}>
              Use it in Compare
            </Button>
          </Group>
        )}
        <InUse />
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
            A run that this studio saved resumes with its own settings, and with exactly the losses
            that it would have had. A checkpoint of the published code has no settings: those of the
            form are used, with the epoch, the step and Adam’s moments of the checkpoint.
          </Text>
          <FilePending />
        </Stack>
      </Section>
    </>
  );
}

/** Says which head is in use now. */
function InUse() {
  const head = useStudio((state) => state.headInUse);
  return (
    <Group gap="xs">
      <Text size="sm" data-testid="head-in-use">
        {head ? `In use now: ${headName(head)}.` : 'No head is in use now.'}
      </Text>
      <HeadChip />
    </Group>
  );
}

function FilePending() {
  const isPending = useStudio((state) => isTaskPending(state, 'export'));
  if (!isPending) return null;
  return (
    <Text size="sm" role="status">
      Making the file
    </Text>
  );
}
