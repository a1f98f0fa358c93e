import { Alert, Button, Code, CopyButton, Group, List, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import {
  printPublishedCommand,
  readPublishedCommand,
  type CommandNote,
} from '../../training/config/published/published-command';
import { resolveConfig } from '../../training/config/run-config';
import { StudioError } from '../../core/studio-error';
import { isRunActive } from '../data/sources/use-source';
import { Section } from '../components/section';
import { withBackboneDimensions } from './models-slice';
import { studioStore } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';

/** The command of the paper's README: paste it to fill the form, or copy it from the form. */
export function CommandSection() {
  const config = useStudio((state) => state.config);
  const locked = useStudio(isRunActive);
  const [text, setText] = useState('');
  const [read, setRead] = useState<{ notes: readonly CommandNote[]; error: string | null } | null>(
    null,
  );
  const fill = () => {
    try {
      const inUse = studioStore.getState().backbone;
      const { config: part, notes } = withBackboneDimensions(readPublishedCommand(text), inUse);
      // A command can't name the page's source or models, so these settings stay.
      const { shards, backbone, inputConvention, convFeature, zDim, convfDim } =
        studioStore.getState().config;
      studioStore.setState({
        config: resolveConfig({
          shards,
          backbone,
          inputConvention,
          convFeature,
          zDim,
          convfDim,
          ...part,
        }),
      });
      setRead({ notes, error: null });
    } catch (thrown) {
      if (!(thrown instanceof StudioError)) throw thrown;
      setRead({ notes: [], error: `${thrown.message} ${thrown.nextStep}` });
    }
  };
  const printed = printPublishedCommand(config);
  return (
    <Section
      title="The published command"
      summary="Paste the command of the paper’s code to take its settings, or copy yours as one."
      folds
      testId="command-section"
    >
      <Textarea
        label="Paste python train.py …"
        placeholder={'python train.py --dataset "ms1m" --seed 777 --batch_size 1024 …'}
        autosize
        minRows={2}
        maxRows={10}
        value={text}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group>
        <Button size="xs" disabled={locked || text.trim() === ''} onClick={fill}>
          Fill the form
        </Button>
        {locked && (
          <Text size="xs" c="dimmed">
            Settings can be changed once the run has ended.
          </Text>
        )}
      </Group>
      <div aria-live="polite">{read && <CommandNotes {...read} />}</div>
      <Stack gap={4}>
        <Group justify="space-between">
          <Text size="sm" fw={500}>
            The form, as a command
          </Text>
          <CopyButton value={printed}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
        </Group>
        <Code
          block
          data-testid="printed-command"
          style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
        >
          {printed}
        </Code>
        <Text size="xs" c="dimmed">
          <Code>npm run scf -- train</Code> accepts the same flags. <Code>--set</Code> is an
          addition of this studio, for settings that the published command has no flag for.
        </Text>
      </Stack>
    </Section>
  );
}

function CommandNotes({ notes, error }: { notes: readonly CommandNote[]; error: string | null }) {
  if (error) {
    return (
      <Alert color="red" role="alert">
        {error}
      </Alert>
    );
  }
  const mapped = notes.filter(({ what }) => what === 'mapped');
  const others = notes.filter(({ what }) => what !== 'mapped');
  return (
    <Alert
      color={others.some(({ what }) => what === 'unknown') ? 'yellow' : 'teal'}
      title={`${mapped.length} flags fill the form`}
      data-testid="command-notes"
    >
      {others.length > 0 && (
        <List size="sm">
          {others.map(({ flag, sentence }) => (
            <List.Item key={flag}>
              <Code>{flag}</Code> {sentence}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}
