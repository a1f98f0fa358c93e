import { Button, Collapse, Group, Slider, Stack, Text } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useState } from 'react';
import { pristine, type DegradationLevels } from '../../../faces/face-record';
import type { FaceSlot } from '../../../studio/protocol';
import { useStudio } from '../../shell/use-studio';
import { degradeFace } from '../commands';
import classes from '../compare.module.css';

type Kind = keyof DegradationLevels;

/** The names of the kinds of degradation. */
export const degradationNames: Readonly<Record<Kind, string>> = {
  blur: 'Blur',
  resolution: 'Low resolution',
  occlusion: 'Occlusion',
  exposure: 'Exposure',
  noise: 'Noise',
  jpeg: 'JPEG compression',
};

const others = (Object.keys(degradationNames) as Kind[]).filter((kind) => kind !== 'blur');

/**
 * Sliders that degrade one picture of a side while they are dragged: blur, and the other kinds on
 * request.
 */
export function Degradations({
  slot,
  id,
  levels: read,
}: {
  slot: FaceSlot;
  id: string;
  /** How the picture was last read. */
  levels: DegradationLevels;
}) {
  const draft = useStudio((state) => state.draftLevels[id]);
  const levels = draft ?? read;
  const isSpoiled = Object.values(levels).some((level) => level > 0);
  const [isOpen, setOpen] = useState(() => others.some((kind) => levels[kind] > 0));
  const change = (kind: Kind, level: number) => degradeFace(slot, id, { ...levels, [kind]: level });
  const slider = (kind: Kind, size: 'md' | 'lg') => (
    <Slider
      key={kind}
      size={size}
      min={0}
      max={1}
      step={0.05}
      value={levels[kind]}
      thumbLabel={`${degradationNames[kind]}, face ${slot.toUpperCase()}`}
      label={(value) => value.toFixed(2)}
      onChange={(level) => change(kind, level)}
    />
  );
  const Chevron = isOpen ? IconChevronUp : IconChevronDown;
  return (
    <Stack gap={0}>
      <div className={classes.slider}>
        <Text size="sm" fw={600}>
          Blur
        </Text>
        {slider('blur', 'lg')}
        <Text size="sm" ta="right" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {levels.blur.toFixed(2)}
        </Text>
      </div>
      <Group justify="space-between" gap={4}>
        <Button
          size="compact-xs"
          variant="subtle"
          px={4}
          aria-expanded={isOpen}
          rightSection={<Chevron size={14} aria-hidden />}
          onClick={() => setOpen(!isOpen)}
        >
          More ways to spoil {slot.toUpperCase()}
        </Button>
        {isSpoiled && (
          <Button
            size="compact-xs"
            variant="subtle"
            px={4}
            onClick={() => degradeFace(slot, id, pristine)}
          >
            Undo the changes
          </Button>
        )}
      </Group>
      <Collapse in={isOpen}>
        {isOpen && (
          <div className={classes.sliders}>
            {others.map((kind) => (
              <div key={kind}>
                <Text size="xs">{degradationNames[kind]}</Text>
                {slider(kind, 'md')}
              </div>
            ))}
          </div>
        )}
      </Collapse>
    </Stack>
  );
}
