import { Button, Group, Loader, Stack, Switch, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconPhotoPlus } from '@tabler/icons-react';
import { useRef } from 'react';
import { PICTURE_ENDINGS, READABLE_PICTURES } from '../../../faces/decode/formats/picture-formats';
import type { FaceSlot, ShownFace } from '../../../studio/protocol';
import { Crop } from '../../components/crop';
import { KappaGauge } from '../../components/kappa/kappa-gauge';
import { TopicErrors } from '../../components/section';
import { showError } from '../../shell/receive-event';
import { useStudio } from '../../shell/use-studio';
import { choosePhotos, takeSeveral } from '../commands';
import classes from '../compare.module.css';
import { notOnSlide } from '../save-slide';
import { COMPARE_POLICY, useReading } from '../use-reading';
import { Degradations } from './degradations';
import { FoundFaces } from './found-faces';
import { SampleStrip } from './samples';
import { Template } from './template';

/** One side of a comparison: a picture, or a template of several. All of it takes dropped files. */
export function SidePanel({ slot }: { slot: FaceSlot }) {
  const faces = useStudio((state) => state.faces[slot]);
  const selected = useStudio((state) =>
    state.faces[slot].find(({ id }) => id === state.selected[slot]),
  );
  const several = useStudio((state) => state.several[slot]);
  const openFiles = useRef<() => void>(null);
  const letter = slot.toUpperCase();
  const add = several && faces.length > 0;
  return (
    <section aria-label={`Face ${letter}`} data-slot={slot} className={classes.side}>
      <Dropzone
        openRef={openFiles}
        activateOnClick={false}
        activateOnKeyboard={false}
        accept={{ 'image/*': PICTURE_ENDINGS.map((ending) => `.${ending}`) }}
        multiple
        classNames={{ root: classes.drop, inner: classes.dropInner }}
        inputProps={{ 'aria-label': `Own picture for face ${slot}`, tabIndex: -1 }}
        onDrop={(photos) => void choosePhotos(slot, photos, add)}
        onReject={([refused]) => reportNoPicture(slot, refused?.file.name ?? 'The file')}
      >
        <div className={classes.shown}>
          <Group justify="space-between" gap={6}>
            <Letter slot={slot} />
            <Group gap={10} justify="flex-end" flex={1} {...notOnSlide}>
              <Switch
                size="xs"
                label="Several"
                aria-label={`Several pictures of face ${letter}`}
                title="Several pictures of one person are pooled"
                checked={several}
                onChange={({ currentTarget }) => takeSeveral(slot, currentTarget.checked)}
              />
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconPhotoPlus size={16} aria-hidden />}
                aria-label="Choose a picture"
                onClick={() => openFiles.current?.()}
              >
                Choose<span className={classes.inWide}>&nbsp;a picture</span>
              </Button>
            </Group>
          </Group>
          <TopicErrors topic={`face-${slot}`} />
          {faces.length === 1 && <OnePicture slot={slot} face={faces[0]!} />}
          {faces.length === 0 && <NoPicture slot={slot} />}
          {(several || faces.length > 1) && (
            <Template slot={slot} faces={faces} onAdd={() => openFiles.current?.()} />
          )}
        </div>
        <div className={classes.tools}>
          {selected && <FoundFaces slot={slot} face={selected} />}
          <div {...notOnSlide}>
            {selected && <Degradations slot={slot} id={selected.id} levels={selected.levels} />}
          </div>
          <div {...notOnSlide}>
            <SampleStrip slot={slot} add={add} />
          </div>
        </div>
      </Dropzone>
    </section>
  );
}

/** The letter of a side, as the sphere shows it, and whether it is being read. */
function Letter({ slot }: { slot: FaceSlot }) {
  const pending = useStudio((state) => state.facesPending[slot]);
  return (
    <Group gap={8} wrap="nowrap">
      <h2 className={classes.letter}>
        <span className={classes.hidden}>Face </span>
        {slot.toUpperCase()}
      </h2>
      {pending && <Loader size={14} aria-label="Embedding" {...notOnSlide} />}
    </Group>
  );
}

function reportNoPicture(slot: FaceSlot, name: string): void {
  showError({
    scope: 'verification',
    about: `face-${slot}`,
    error: {
      code: 'bad-image',
      message: `${name} is not a picture by its name or type.`,
      nextStep: `Choose a picture: ${READABLE_PICTURES}.`,
    },
  });
}

function OnePicture({ slot, face }: { slot: FaceSlot; face: ShownFace }) {
  const profile = useReading(COMPARE_POLICY)?.kappa ?? null;
  const dimension = useStudio((state) => state.backbone?.embeddingDim ?? 0);
  const letter = slot.toUpperCase();
  return (
    <div className={classes.picture}>
      <div className={classes.crop}>
        <Crop pixels={face.crop} label={`Face ${letter}: ${face.name}`} />
      </div>
      <Stack gap={6} miw={0}>
        <KappaGauge
          kappa={face.kappa}
          profile={profile}
          dimension={dimension}
          of={`face ${letter}`}
          testId={`kappa-${slot}`}
        />
        <Text size="xs" c="dimmed" truncate title={face.name}>
          {face.name}
        </Text>
      </Stack>
    </div>
  );
}

/** The place of a picture that isn't there yet. */
function NoPicture({ slot }: { slot: FaceSlot }) {
  const isComing = useStudio(
    (state) => state.facesPending[slot] || (state.wantedPair !== null && state.errors.length === 0),
  );
  return (
    <div className={classes.picture}>
      <div className={`${classes.crop} ${classes.noCrop}`}>
        {isComing && <Loader size="sm" aria-label="A face is on its way" />}
      </div>
      <Text size="sm" c="dimmed">
        {isComing
          ? 'Two faces of the demo set are on their way.'
          : 'Drop a picture with a face here, paste one, or choose a sample. It stays on this ' +
            'machine.'}
      </Text>
    </div>
  );
}
