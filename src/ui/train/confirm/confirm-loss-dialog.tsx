import { Alert, Button, Group, Modal, Paper, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { ExportKind, ResumableRun } from '../../../studio/protocol';
import { exportRun } from '../../models/commands';
import { goOn } from '../../runs/chosen/go-on';
import { runSentence, runAtStake, type RunAtStake, type RunIntent } from './run-at-stake';
import { answerConfirmation } from './confirm-loss';
import { isPending as isTaskPending } from '../../shell/client/tasks-slice';
import { useStudio } from '../../shell/use-studio';

interface DialogText {
  readonly title: string;
  /** What happens to the run that is described below it. */
  readonly sentence: string;
  readonly agree: string;
}

const texts: Readonly<Record<RunIntent['kind'], DialogText>> = {
  start: {
    title: 'Start a new run?',
    sentence: 'It takes the place of a run that could not be saved:',
    agree: 'Start anew',
  },
  'resume-file': {
    title: 'Go on with the run of a file?',
    sentence: 'It takes the place of a run that could not be saved:',
    agree: 'Go on with the file',
  },
  'resume-saved': {
    title: 'Open the saved run?',
    sentence: 'Its head replaces a run that could not be saved:',
    agree: 'Open the saved run',
  },
  'use-backbone': {
    title: 'Use another backbone?',
    sentence: 'Heads trained on the one before are dropped, and this run could not be saved:',
    agree: 'Use the other backbone',
  },
};

/**
 * Asks for confirmation before a run is lost: describes it, offers it as files, and treats a closed
 * dialog as a refusal.
 */
export function ConfirmLossDialog() {
  const intent = useStudio((state) => state.confirmation);
  return (
    <Modal
      opened={intent !== null}
      onClose={() => answerConfirmation(false)}
      title={intent && texts[intent.kind].title}
      centered
    >
      {intent && <DialogBody intent={intent} />}
    </Modal>
  );
}

function DialogBody({ intent }: { intent: RunIntent }) {
  const run = runAtStake(
    intent,
    useStudio((state) => state),
  );
  const resumable = useStudio((state) => state.resumable);
  const { sentence, agree } = texts[intent.kind];
  const resume = (saved: ResumableRun) => {
    answerConfirmation(false);
    void goOn(saved);
  };
  return (
    <Stack gap="sm">
      <Text size="sm">{sentence}</Text>
      {run && <Run run={run} />}
      <FileErrors />
      <Group gap="xs" mt="xs">
        <Button
          size="xs"
          variant="default"
          onClick={() => answerConfirmation(false)}
          data-autofocus
        >
          Keep it
        </Button>
        {intent.kind === 'start' && resumable && (
          <Button size="xs" variant="default" onClick={() => resume(resumable)}>
            {resumable.isFinished ? 'Open' : 'Resume'} the saved run
          </Button>
        )}
        <Button size="xs" color="red" onClick={() => answerConfirmation(true)}>
          {agree}
        </Button>
      </Group>
    </Stack>
  );
}

/** A run that would be lost, and its files. */
function Run({ run }: { run: RunAtStake }) {
  const isPending = useStudio((state) => isTaskPending(state, 'export'));
  const file = (what: ExportKind, label: string) => (
    <Button
      size="compact-xs"
      variant="light"
      leftSection={<IconDownload size={14} />}
      disabled={isPending}
      onClick={() => exportRun(what)}
    >
      {label}
    </Button>
  );
  return (
    <Paper withBorder p="sm">
      <Text size="sm" fw={500}>
        {runSentence(run)}.
      </Text>
      <Text size="xs" c="dimmed" mt={2} mb="xs">
        You can resume a run from its file at any time, under Models.
      </Text>
      <Group gap="xs">
        {file('head', 'Download the head')}
        {file('run', 'Download the run')}
      </Group>
    </Paper>
  );
}

/** Errors about files; the dialog hides the section that shows them otherwise. */
function FileErrors() {
  const errors = useStudio((state) => state.errors);
  return errors
    .filter(({ about }) => about === 'files')
    .map(({ id, error }) => (
      <Alert key={id} role="alert" color="red">
        {error.message} {error.nextStep}
      </Alert>
    ));
}
