import {
  ActionIcon,
  Card,
  Group,
  Loader,
  Progress,
  Stack,
  Switch,
  Text,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { PICTURE_ENDINGS, READABLE_PICTURES } from '../../faces/decode/formats/picture-formats';
import type { ShownFace, FaceSlot } from '../../studio/protocol';
import type { KappaProfile } from '../../evaluation/kappa-profile';
import { fixed, percent } from '../components/format';
import { CompactKappa, KappaReading } from '../components/kappa/kappa-reading';
import { kappaWithMark } from '../components/kappa/kappa-words';
import { receive } from '../shell/receive-event';
import { studioStore } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { choosePhotos, removeFace } from './commands';
import { Crop } from '../components/crop';
import { Degradations } from './degradations';
import { FoundFaces } from './found-faces';
import { SampleStrip } from './samples';
import { notOnSlide } from './save-slide';
import { COMPARE_POLICY, useReading } from './use-reading';

/** One side of a comparison: a picture, or a template of several. */
export function SidePanel({ slot }: { slot: FaceSlot }) {
  const faces = useStudio((state) => state.faces[slot]);
  const selected = useStudio((state) =>
    state.faces[slot].find(({ id }) => id === state.selected[slot]),
  );
  const pending = useStudio((state) => state.facesPending[slot]);
  const [several, setSeveral] = useState(false);
  const name = `Face ${slot.toUpperCase()}`;
  const add = several && faces.length > 0;
  return (
    <Card withBorder padding="sm" component="section" aria-label={name}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Group gap="xs">
            <Title order={2} size="h5">
              {name}
            </Title>
            {pending && <Loader size="xs" aria-label="Embedding" />}
          </Group>
          <div {...notOnSlide}>
            <Switch
              size="xs"
              label="Several pictures"
              checked={several}
              onChange={({ currentTarget }) => setSeveral(currentTarget.checked)}
            />
          </div>
        </Group>
        {selected && faces.length === 1 && <OnePicture slot={slot} face={selected} />}
        {faces.length > 1 && <Template slot={slot} faces={faces} />}
        {faces.length === 0 && (
          <Text size="sm" c="dimmed">
            Choose a sample below, or drop a picture of your own.
          </Text>
        )}
        {selected && <FoundFaces slot={slot} face={selected} />}
        <div {...notOnSlide}>
          <SampleStrip slot={slot} add={add} />
        </div>
        <Dropzone
          {...notOnSlide}
          accept={{ 'image/*': PICTURE_ENDINGS.map((ending) => `.${ending}`) }}
          multiple
          p="xs"
          aria-label={`Own picture for ${name.toLowerCase()}`}
          inputProps={{ 'aria-hidden': true }}
          onDrop={(photos) => {
            if (photos.length > 1) setSeveral(true);
            void choosePhotos(slot, photos, add);
          }}
          onReject={([refused]) => reportNoPicture(refused?.file.name ?? 'The file')}
        >
          <Text size="xs" ta="center" c="dimmed">
            {add
              ? 'Drop more pictures of this person, or click.'
              : 'Drop a picture with a face, or click; several of one person make a template.'}{' '}
            Pictures stay on this machine.
          </Text>
        </Dropzone>
        {selected && (
          <Degradations slot={slot} id={selected.id} levels={selected.levels} key={selected.id} />
        )}
      </Stack>
    </Card>
  );
}

function reportNoPicture(name: string): void {
  receive({
    type: 'error',
    scope: 'verification',
    error: {
      code: 'bad-image',
      message: `${name} is not a picture by its name or type.`,
      nextStep: `Choose a picture: ${READABLE_PICTURES}.`,
    },
  });
}

function OnePicture({ slot, face }: { slot: FaceSlot; face: ShownFace }) {
  const profile = useReading(COMPARE_POLICY)?.kappa ?? null;
  return (
    <Group align="flex-start" wrap="nowrap">
      <Crop pixels={face.crop} label={`Face ${slot.toUpperCase()}: ${face.name}`} />
      <Stack gap={2}>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {face.name}
        </Text>
        <KappaReading kappa={face.kappa} profile={profile} testId={`kappa-${slot}`} />
        <Text size="xs" c="dimmed">
          ‖embedding‖ {fixed(face.embeddingNorm, 1)}
        </Text>
      </Stack>
    </Group>
  );
}

function weightLabel({ name, kappa, weight }: ShownFace, profile: KappaProfile | null): string {
  const confidence = kappa === null ? '' : `κ ${kappaWithMark(kappa, profile)}, `;
  return `${name}: ${confidence}weight ${percent(weight)}`;
}

/** The pictures of a template with their weights. The sliders degrade the selected one. */
function Template({ slot, faces }: { slot: FaceSlot; faces: readonly ShownFace[] }) {
  const selected = useStudio((state) => state.selected[slot]);
  const profile = useReading(COMPARE_POLICY)?.kappa ?? null;
  const select = (id: string) =>
    studioStore.setState((state) => ({ selected: { ...state.selected, [slot]: id } }));
  return (
    <Group
      gap="sm"
      align="flex-start"
      role="group"
      aria-label={`Pictures of face ${slot.toUpperCase()}`}
    >
      {faces.map((face) => {
        const { id, name, crop, kappa, weight } = face;
        return (
          <Stack key={id} gap={2} w={100}>
            <div style={{ position: 'relative' }}>
              <UnstyledButton
                aria-pressed={id === selected}
                aria-label={weightLabel(face, profile)}
                onClick={() => select(id)}
                style={{
                  outline: id === selected ? '3px solid var(--mantine-color-indigo-5)' : undefined,
                  borderRadius: 8,
                  lineHeight: 0,
                }}
              >
                <Crop pixels={crop} label={`Face ${slot.toUpperCase()}: ${name}`} side={100} />
              </UnstyledButton>
              <ActionIcon
                {...notOnSlide}
                size="sm"
                variant="default"
                aria-label={`Take out ${name}`}
                onClick={() => removeFace(slot, id)}
                style={{ position: 'absolute', top: 2, right: 2 }}
              >
                <IconX size={12} />
              </ActionIcon>
            </div>
            <Text size="xs" style={{ fontVariantNumeric: 'tabular-nums' }}>
              <CompactKappa kappa={kappa} profile={profile} />
              <br />
              weight {percent(weight)}
            </Text>
            <Progress value={100 * weight} size="sm" aria-hidden />
          </Stack>
        );
      })}
    </Group>
  );
}
