import { Button, Group, Slider, Text } from '@mantine/core';
import { useId } from 'react';
import { useStore } from 'zustand';
import type { ChartGroup } from './chart-group';
import {
  positionOf,
  setSmoothing,
  SMOOTHING_POSITIONS,
  smoothingStore,
  weightAt,
} from './smoothing-store';

/** What concerns all charts of a group: smoothing, and the way back to the whole run. */
export function StepToolbar({ group }: { readonly group: ChartGroup }) {
  const weight = useStore(smoothingStore, (state) => state.weight);
  const isZoomed = useStore(group.view, ({ range }) => range !== null);
  const label = useId();
  return (
    <Group gap="md" align="center">
      <Group gap="xs" wrap="nowrap">
        <Text size="sm" id={label}>
          Smoothing
        </Text>
        <Slider
          w={140}
          size="sm"
          min={0}
          max={SMOOTHING_POSITIONS}
          value={positionOf(weight)}
          onChange={(position) => setSmoothing(weightAt(position))}
          label={null}
          thumbProps={{ 'aria-labelledby': label, 'aria-valuetext': String(weight) }}
        />
        <Text size="sm" w={48} ff="monospace">
          {weight}
        </Text>
      </Group>
      <Button
        size="compact-sm"
        variant="default"
        disabled={!isZoomed}
        onClick={() => group.control.showWhole()}
      >
        Whole run
      </Button>
      <Text size="xs" c="dimmed">
        Drag over a chart to zoom in all of them; drag with Shift to move. Keys: + − 0, Shift ← →.
      </Text>
    </Group>
  );
}
