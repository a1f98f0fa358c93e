import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
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
import { FileDrop } from '../components/files/file-drop';
import { ModelProgress, useModelsLocked } from './model-progress';
import { NetworkDrawing } from './network/network-drawing';
import { headFlow } from './network/network-flows';
import { RunFiles } from './run-files';
import { choiceNames } from '../words/choice-names';
import { Term } from '../words/term';

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
      <Section
        title="A trained head"
        summary={
          <>
            Gives <Term name="kappa">κ</Term> in Compare without a run, once you choose it. Load a
            head that this studio, the published code or <Term name="torchrun">torchrun</Term> has
            saved.
          </>
        }
        topic="head"
        testId="head-section"
      >
        {head && (
          <Alert color={head.backboneVerified ? 'teal' : 'yellow'} p="xs" data-testid="file-head">
            {head.name}: {choiceNames.head[head.head].name}, of {methodTitles[head.method]}
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
        <HeadLayers />
        <HeadWarning />
        <FileDrop
          label="Choose a head"
          hint="or drop one here: .safetensors, or ckpt_e….pt"
          disabled={locked}
          onFiles={([file]) => file && loadHead(file)}
        />
        <ModelProgress topic="head" />
      </Section>
      <Section
        title="Checkpoints"
        summary={
          <>
            Take the run away as a file, or go on with one: a{' '}
            <Term name="checkpoint">checkpoint</Term> holds all that it needs.
          </>
        }
        topic="files"
        testId="files-section"
      >
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

/** The layers of the head that was loaded; before that, of the one in use. */
function HeadLayers() {
  const head = useStudio(({ fileHead, headInUse }) => fileHead ?? headInUse);
  const flow = useMemo(() => (head ? headFlow(head) : null), [head]);
  if (!head || !flow) return null;
  return (
    <NetworkDrawing label={`The layers of ${headName(head)}`} flow={flow} testId="head-layers" />
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
