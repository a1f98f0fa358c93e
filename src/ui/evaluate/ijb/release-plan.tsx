import { Button, Group, Stack, Text } from '@mantine/core';
import type { IjbSummary } from '../../../studio/protocol';
import { useStudio } from '../../shell/use-studio';
import { closeIjb, measureIjb, startIjb } from './commands';
import {
  missingSentence,
  readSentence,
  releaseSentence,
  roomSentence,
  timeSentence,
} from './ijb-words';

/** What an open release is and what its evaluation will take, and the buttons that begin it. */
export function ReleasePlan({ release, isRunning }: { release: IjbSummary; isRunning: boolean }) {
  const heads = useStudio((state) => state.evaluatedHeads);
  const { state, estimate, estimateFor } = useStudio(({ ijb }) => ijb);
  const result = state?.result;
  const left = release.pictures - release.read;
  const time = estimate && estimateFor === heads ? timeSentence(estimate, left) : null;
  const room = roomSentence(release);
  const missing = missingSentence(release);
  const isEvaluated = left === 0 && result?.data === release.name;
  const read = readSentence(release, isEvaluated);
  const isAllMissing = release.missing.count === release.pictures;
  return (
    <Stack gap="xs" data-testid="ijb-plan">
      <Text fw={500}>{releaseSentence(release)}</Text>
      {missing && <Text c={isAllMissing ? 'red' : undefined}>{missing}</Text>}
      {read && <Text>{read}</Text>}
      {left > 0 && time && (
        <Text size="lg" data-testid="ijb-time">
          {time}
        </Text>
      )}
      {left > 0 && (
        <Text size="sm" c={room.fits ? 'dimmed' : 'red'} data-testid="ijb-room">
          {room.text}
        </Text>
      )}
      <Group gap="sm">
        {!isEvaluated && (
          <Button disabled={isRunning || !room.fits || isAllMissing} onClick={startIjb}>
            {release.read > 0 ? 'Go on' : 'Start'}
          </Button>
        )}
        {left > 0 && !time && (
          <Button variant="default" disabled={isRunning || isAllMissing} onClick={measureIjb}>
            See how long it will take
          </Button>
        )}
        <Button variant={isEvaluated ? 'default' : 'subtle'} onClick={closeIjb}>
          Another release
        </Button>
      </Group>
      {isRunning && (
        <Text size="sm">A run is active, and needs the machine. Wait for its end.</Text>
      )}
    </Stack>
  );
}
