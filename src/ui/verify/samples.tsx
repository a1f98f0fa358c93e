import { Button, Group, Image, Text, UnstyledButton } from '@mantine/core';
import type { FaceSlot, SampleFace } from '../../studio/protocol';
import { requestLook, SAMPLE_COUNT } from '../data/commands';
import { isDataPending, unapprovedOrigins } from '../data/sources/use-source';
import { usePictureUrls } from '../components/picture-urls';
import type { StudioState } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { chooseSample } from './commands';

const none: readonly SampleFace[] = [];
/** The samples of the last look, which the worker holds. */
export const samplesOf = (state: StudioState): readonly SampleFace[] => state.look?.samples ?? none;

/** Says that there are no samples, and how to get them. */
export function NoSamples() {
  const ready = useStudio((state) => state.backend !== null && !isDataPending(state));
  const needsConsent = useStudio((state) => unapprovedOrigins(state).length > 0);
  return (
    <Group>
      <Text size="sm" c="dimmed">
        {needsConsent
          ? 'No samples yet: the shards are on another machine. Look at them under Data first.'
          : 'No samples yet: they come from the shards named under “Shards”.'}
      </Text>
      {!needsConsent && (
        <Button
          size="xs"
          variant="default"
          disabled={!ready}
          onClick={() => requestLook(SAMPLE_COUNT)}
        >
          Load samples
        </Button>
      )}
    </Group>
  );
}

/** The samples in a row, to choose from. */
export function SampleStrip({ slot, add }: { slot: FaceSlot; add: boolean }) {
  const pictures = usePictureUrls(useStudio(samplesOf));
  return (
    <Group gap={4} wrap="nowrap" style={{ overflowX: 'auto' }} pb={4}>
      {pictures.map(({ key, label, url }) => (
        <UnstyledButton
          key={key}
          aria-label={`Person ${label}, picture ${key}, as face ${slot.toUpperCase()}`}
          onClick={() => chooseSample(slot, key, add)}
        >
          <Image src={url} w={52} h={52} radius="sm" alt="" />
        </UnstyledButton>
      ))}
    </Group>
  );
}
