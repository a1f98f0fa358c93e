import { Button, Group, Progress as ProgressBar, Stack, Text } from '@mantine/core';
import { progressWords } from '../../core/number-words';
import type { Progress } from '../../core/progress-meter';

/** A phase's bar, its figures and its rate, with a button that ends it where it can be ended. */
export function ProgressMeter({ progress, onStop }: { progress: Progress; onStop?: () => void }) {
  const { label, done, total } = progress;
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
      <ProgressBar
        value={total === null ? 100 : total === 0 ? 0 : (100 * done) / total}
        animated
        striped={total === null}
        aria-label={label}
      />
      <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {progressWords(progress)}
        {total === null && ' · how many there are is not known'}
      </Text>
    </Stack>
  );
}
