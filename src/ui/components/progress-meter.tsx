import { Button, Group, Progress as ProgressBar, Stack, Text } from '@mantine/core';
import { progressWords } from '../../core/number-words';
import type { Progress } from '../../core/progress-meter';

/** The bar, figures and rate of a phase, with a stop button if `onStop` is given. */
export function ProgressMeter({ progress, onStop }: { progress: Progress; onStop?: () => void }) {
  const { label, total } = progress;
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
        value={percentDone(progress)}
        animated
        striped={total === null}
        aria-label={label}
      />
      <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {progressWords(progress)}
        {total === null && ' · total unknown'}
      </Text>
    </Stack>
  );
}

/** An unknown total gives a full, striped bar. */
function percentDone({ done, total }: Progress): number {
  if (total === null) return 100;
  return total === 0 ? 0 : (100 * done) / total;
}
