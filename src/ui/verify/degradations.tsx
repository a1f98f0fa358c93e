import { Button, Group, SimpleGrid, Slider, Stack, Text } from '@mantine/core';
import { useRef, useState } from 'react';
import { pristine, type DegradationLevels } from '../../faces/face-record';
import type { FaceSlot } from '../../studio/protocol';
import { degradeFace } from './commands';
import { notOnSlide } from './save-slide';

/** The names of the kinds of degradation. */
export const degradationNames: Readonly<Record<keyof DegradationLevels, string>> = {
  blur: 'Blur',
  resolution: 'Low resolution',
  occlusion: 'Occlusion',
  exposure: 'Exposure',
  noise: 'Noise',
  jpeg: 'JPEG compression',
};

/** Sliders that degrade one picture of a side. */
export function Degradations({
  slot,
  id,
  levels,
}: {
  slot: FaceSlot;
  id: string;
  levels: DegradationLevels;
}) {
  const [shown, setShown] = useState(levels);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const change = (next: DegradationLevels) => {
    setShown(next);
    // Embeds once at the end of a drag, not for every pixel of it.
    clearTimeout(timer.current);
    timer.current = setTimeout(() => degradeFace(slot, id, next), 120);
  };
  return (
    <Stack gap={2} {...notOnSlide}>
      <SimpleGrid cols={2} spacing="sm" verticalSpacing={2}>
        {(Object.entries(degradationNames) as [keyof DegradationLevels, string][]).map(
          ([name, label]) => (
            <div key={name}>
              <Text size="xs">{label}</Text>
              <Slider
                size="sm"
                min={0}
                max={1}
                step={0.05}
                value={shown[name]}
                thumbLabel={`${label}, face ${slot.toUpperCase()}`}
                label={(value) => value.toFixed(2)}
                onChange={(value) => change({ ...shown, [name]: value })}
              />
            </div>
          ),
        )}
      </SimpleGrid>
      <Group justify="flex-end">
        <Button size="compact-xs" variant="subtle" onClick={() => change(pristine)}>
          Undo the changes
        </Button>
      </Group>
    </Stack>
  );
}
