import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { leftOutSentence } from '../../faces/survey/left-out';
import { alignmentSentence } from '../../inference/align/alignment';
import type { AlignedSet } from '../../studio/protocol';
import { download } from '../components/download';
import { counted } from '../components/format';
import { ProgressMeter } from '../components/progress-meter';
import { filesNamed } from './sources/shards-chosen';
import { studioStore } from '../shell/studio-store';
import { progressOf } from '../shell/client/tasks-slice';
import { useStudio } from '../shell/use-studio';
import { requestAligned, stopDataRequest } from './commands';
import { isRunActive, usePendingDataRequest } from './sources/use-source';

/**
 * Says whether the chosen source is aligned; offers to align loose photographs, and what became of
 * it.
 * @param onlyIfLoose says nothing of a source that is aligned, or that couldn't be looked at
 */
export function AlignmentNotice({ onlyIfLoose = false }: { onlyIfLoose?: boolean }) {
  const alignment = useStudio(({ alignment: found, config }) =>
    found?.shards === config.shards ? found : null,
  );
  const aligned = useStudio(({ aligned: made, config }) =>
    made && filesNamed(made.name) === config.shards ? made : null,
  );
  const isAligning = usePendingDataRequest() === 'align-source';
  if (isAligning) return <Aligning />;
  if (aligned) return <Made made={aligned} />;
  if (!alignment) return null;
  const { sample, problem } = alignment;
  if (sample?.aligned === false) return <Loose sentence={alignmentSentence(sample)} {...sample} />;
  if (onlyIfLoose) return null;
  const unseen = problem === null ? 'no picture could be decoded.' : problem;
  return (
    <Text size="sm" data-testid="alignment">
      {sample
        ? alignmentSentence(sample)
        : `Not looked whether the pictures are aligned: ${unseen}`}
    </Text>
  );
}

function Loose({ sentence, remedy }: { sentence: string; remedy: 'auto' | 'always' }) {
  const isRunning = useStudio(isRunActive);
  const isPending = usePendingDataRequest() !== null;
  return (
    <Alert color="orange" title="These pictures need aligning" data-testid="loose-photographs">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {sentence} A run reads each whole picture as a crop, and the backbone expects faces in
          their place.
        </Text>
        <Button
          size="xs"
          variant="default"
          disabled={isRunning || isPending}
          onClick={() => requestAligned(remedy)}
        >
          Align these pictures
        </Button>
        <Text size="xs" c="dimmed">
          Writes a crop of each main face into a file of this page, and takes it for the next run.
          Your pictures stay as they are.
        </Text>
      </Stack>
    </Alert>
  );
}

function Aligning() {
  const progress = useStudio((state) => progressOf(state, 'align-source'));
  return progress ? (
    <ProgressMeter progress={progress} onStop={stopDataRequest} />
  ) : (
    <Text size="sm" role="status">
      Opening the pictures
    </Text>
  );
}

function Made({ made }: { made: AlignedSet }) {
  const { name, file, images, identities, leftOut } = made;
  const isThere = useStudio((state) => state.files.length > 0);
  if (!isThere) return null;
  const people = counted(identities, 'person', 'people');
  return (
    <Alert color="green" title="Aligned" data-testid="aligned">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          The next run reads {counted(images, 'aligned picture')} of {people}
          {leftOut.length > 0 && `; ${leftOutSentence(leftOut)}`}.
        </Text>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => download(name, file)}>
            Download {name}
          </Button>
          <Button
            size="xs"
            variant="subtle"
            onClick={() => studioStore.setState({ aligned: null })}
          >
            Dismiss
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
