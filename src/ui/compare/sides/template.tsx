import { ActionIcon, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { KappaProfile } from '../../../evaluation/kappa-profile';
import type { FaceSlot, ShownFace } from '../../../studio/protocol';
import { Crop } from '../../components/crop';
import { percent } from '../../components/format';
import { CompactKappa } from '../../components/kappa/kappa-reading';
import { kappaWithMark } from '../../components/kappa/kappa-words';
import { useStudio } from '../../shell/use-studio';
import { removeFace, selectFace } from '../commands';
import classes from '../compare.module.css';
import { notOnSlide } from '../save-slide';
import { COMPARE_POLICY, useReading } from '../use-reading';

/**
 * The pictures of a template, each with its share in the side's direction by Eqn (14). The sliders
 * degrade the selected one.
 */
export function Template({ slot, faces }: { slot: FaceSlot; faces: readonly ShownFace[] }) {
  const profile = useReading(COMPARE_POLICY)?.kappa ?? null;
  return (
    <Stack gap={6}>
      <div
        role="group"
        aria-label={`Pictures of face ${slot.toUpperCase()}`}
        className={classes.template}
      >
        {faces.map((face) => (
          <TemplatePicture key={face.id} slot={slot} face={face} profile={profile} />
        ))}
      </div>
      <Text size="xs" c="dimmed">
        {faces[0]!.kappa === null
          ? 'Pooled in equal shares: there is no κ.'
          : 'Pooled by κ, Eqn (14): the surer a picture, the larger its share.'}
      </Text>
    </Stack>
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
