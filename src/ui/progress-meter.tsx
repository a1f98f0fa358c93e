import { Button, Group, Progress as ProgressBar, Stack, Text } from '@mantine/core';
import type { Progress } from '../training/run-events';
import { bytes, count, duration, fixed } from './figures';

/** A phase's bar, its figures and its rate, with a button that ends it where it can be ended. */
export function ProgressMeter({ progress, onStop }: { progress: Progress; onStop?: () => void }) {
  const { label, done, total, unit, perSecond } = progress;
  const amount = (value: number) => (unit === 'bytes' ? bytes(value) : unit === 'seconds' ? fixed(value, 1) : count(value));
  const left = total !== null && perSecond > 0 ? duration((total - done) / perSecond) : null;
  return (
    <Stack gap={6}>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{label}</Text>
        {onStop && (
          <Button size="compact-sm" variant="default" onClick={onStop}>
            Stop
          </Button>
        )}
      </Group>
      <ProgressBar value={total === null ? 100 : total === 0 ? 0 : (100 * done) / total} animated striped={total === null} aria-label={label} />
      <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {amount(done)}
        {total !== null && ` of ${amount(total)}`}
        {unit !== 'bytes' && ` ${unit}`}
        {unit !== 'seconds' && ` · ${unit === 'bytes' ? bytes(perSecond) : fixed(perSecond, 1)} a second`}
        {left && ` · about ${left} left`}
        {total === null && ' · how many there are is not known'}
      </Text>
    </Stack>
  );
}
