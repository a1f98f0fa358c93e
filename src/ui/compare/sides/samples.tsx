import { Button, Group, Text, UnstyledButton } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { FaceSlot, SampleFace } from '../../../studio/protocol';
import { usePictureUrls } from '../../components/picture-urls';
import { useRovingFocus } from '../../components/roving-focus';
import { requestLook, SAMPLE_COUNT } from '../../data/commands';
import { isDataPending, unapprovedOrigins } from '../../data/sources/use-source';
import type { StudioState } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { chooseSample } from '../commands';
import classes from '../compare.module.css';

const none: readonly SampleFace[] = [];
/** The samples of the last look, which the worker holds. */
export const samplesOf = (state: StudioState): readonly SampleFace[] => state.look?.samples ?? none;

/** Says that there are no samples, and how to get them; nothing while they are on their way. */
export function NoSamples() {
  const hasSamples = useStudio((state) => samplesOf(state).length > 0);
  const isComing = useStudio((state) => state.backend === null || isDataPending(state));
  const needsConsent = useStudio((state) => unapprovedOrigins(state).length > 0);
  if (hasSamples || (isComing && !needsConsent)) return null;
  return (
    <Group>
      <Text size="sm" c="dimmed">
        {needsConsent
          ? 'No samples yet: the shards are on another machine. Look at them under Data first.'
          : 'No samples yet: they come from the source of faces that is chosen under Data.'}
      </Text>
      {!needsConsent && (
        <Button size="xs" variant="default" onClick={() => requestLook(SAMPLE_COUNT)}>
          Load samples
        </Button>
      )}
    </Group>
  );
}

/** The samples in a row, to choose from: one tab stop, with arrow keys from one to the next. */
export function SampleStrip({ slot, add }: { slot: FaceSlot; add: boolean }) {
  const pictures = usePictureUrls(useStudio(samplesOf));
  const chosen = useStudio((state) => state.sampleKeys);
  const faces = useStudio((state) => state.faces[slot]);
  const item = useRovingFocus(pictures.length);
  const keys = new Set(faces.map(({ id }) => chosen[id]));
  const letter = slot.toUpperCase();
  const strip = useRef<HTMLDivElement>(null);
  useEffect(() => scrollToChosen(strip.current), [faces, pictures.length]);
  return (
    <div
      ref={strip}
      role="toolbar"
      aria-label={`Samples for face ${letter}`}
      className={classes.strip}
    >
      {pictures.map(({ key, label, url }, i) => (
        <UnstyledButton
          key={key}
          {...item(i)}
          aria-label={`Person ${label}, picture ${key}, as face ${letter}`}
          aria-pressed={keys.has(key)}
          className={classes.sample}
          onClick={() => chooseSample(slot, key, add)}
        >
          <img src={url} alt="" width={44} height={44} />
        </UnstyledButton>
      ))}
    </div>
  );
}

/** Scrolls a strip, and nothing around it, until the chosen sample is in view. */
function scrollToChosen(strip: HTMLDivElement | null): void {
  const chosen = strip?.querySelector<HTMLElement>('[aria-pressed="true"]');
  if (!strip || !chosen) return;
  const [stripBox, box] = [strip.getBoundingClientRect(), chosen.getBoundingClientRect()];
  if (box.left >= stripBox.left && box.right <= stripBox.right) return;
  strip.scrollLeft += box.left - stripBox.left - (stripBox.width - box.width) / 2;
}
