import { ActionIcon, Text, UnstyledButton } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { KappaProfile } from '../../../evaluation/kappa-profile';
import type { FaceSlot, ShownFace } from '../../../studio/protocol';
import { Crop } from '../../components/crop';
import { percent } from '../../components/format';
import { CompactKappa } from '../../components/kappa/kappa-reading';
import { kappaWithMark } from '../../components/kappa/kappa-words';
import { useStudio } from '../../shell/use-studio';
import { Term } from '../../words/term';
import { removeFace, selectFace } from '../commands';
import classes from '../compare.module.css';
import { notOnSlide } from '../save-slide';
import { COMPARE_POLICY, useReading } from '../use-reading';
import { mixesPeople } from '../verdict/known-truth';

/**
 * The pictures of a template, each with its share in the side's direction by Eqn (14), and a place
 * for the next one. The sliders degrade the selected one. A single picture is shown by the side
 * itself.
 */
export function Template({
  slot,
  faces,
  onAdd,
}: {
  slot: FaceSlot;
  faces: readonly ShownFace[];
  /** Lets a person choose further pictures. */
  onAdd: () => void;
}) {
  const profile = useReading(COMPARE_POLICY)?.kappa ?? null;
  const several = useStudio((state) => state.several[slot]);
  const letter = slot.toUpperCase();
  return (
    <div className={faces.length > 1 ? classes.pooled : classes.unpooled}>
      <div role="group" aria-label={`Pictures of face ${letter}`} className={classes.template}>
        {faces.length > 1 &&
          faces.map((face) => (
            <TemplatePicture key={face.id} slot={slot} face={face} profile={profile} />
          ))}
        {several && (
          <UnstyledButton
            {...notOnSlide}
            className={classes.nextPicture}
            aria-label={`Add pictures of this person to face ${letter}`}
            onClick={onAdd}
          >
            <IconPlus size={20} aria-hidden />
          </UnstyledButton>
        )}
      </div>
      {mixesPeople(faces) && (
        <Text size="sm" fw={600} role="status">
          These pictures are of different people: no verdict on them together can be right. Take one
          out.
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {faces.length > 1 ? <PooledWords hasKappa={faces[0]!.kappa !== null} /> : <AddWords />}
      </Text>
    </div>
  );
}

function AddWords() {
  return (
    <>
      Add pictures of the same person, your own or from the row below. They are pooled to one{' '}
      <Term name="template">template</Term>: the surer a picture, the more it counts.
    </>
  );
}

function PooledWords({ hasKappa }: { hasKappa: boolean }) {
  return (
    <>
      A <Term name="template">template</Term>,{' '}
      {hasKappa ? (
        <>
          pooled by κ, <Term name="eqn14">Eqn (14)</Term>: the surer a picture, the larger its
          share.
        </>
      ) : (
        'pooled in equal shares: there is no κ.'
      )}
    </>
  );
}

function TemplatePicture({
  slot,
  face,
  profile,
}: {
  slot: FaceSlot;
  face: ShownFace;
  profile: KappaProfile | null;
}) {
  const { id, name, crop, kappa, weight } = face;
  const isSelected = useStudio((state) => state.selected[slot] === id);
  return (
    <div className={classes.templatePicture}>
      <UnstyledButton
        aria-pressed={isSelected}
        aria-label={shareLabel(face, profile)}
        className={classes.templateCrop}
        onClick={() => selectFace(slot, id)}
      >
        <Crop pixels={crop} label={`Face ${slot.toUpperCase()}: ${name}`} drawnSide={96} />
      </UnstyledButton>
      <ActionIcon
        {...notOnSlide}
        size="sm"
        variant="default"
        aria-label={`Take out ${name}`}
        onClick={() => removeFace(slot, id)}
        style={{ position: 'absolute', top: 2, right: 2 }}
      >
        <IconX size={12} aria-hidden />
      </ActionIcon>
      <div className={classes.share} aria-hidden>
        <div style={{ width: `${100 * weight}%` }} />
      </div>
      <Text size="xs" lh={1.3} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {percent(weight, 0)}
        <br />
        <Text span size="xs" c="dimmed">
          <CompactKappa kappa={kappa} profile={profile} />
        </Text>
      </Text>
    </div>
  );
}

function shareLabel({ name, kappa, weight }: ShownFace, profile: KappaProfile | null): string {
  const confidence = kappa === null ? '' : `κ ${kappaWithMark(kappa, profile)}, `;
  return `${name}: ${confidence}share ${percent(weight)}`;
}
