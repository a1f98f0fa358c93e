import { Button, Group, Stack, Text } from '@mantine/core';
import { ProgressMeter } from '../../components/progress-meter';
import type { PageTask } from '../../shell/client/tasks-slice';
import { useStudio } from '../../shell/use-studio';
import { closeIjb, pauseIjb, type IJB_TASKS } from './commands';

type IjbTask = (typeof IJB_TASKS)[number];

/** What is said before there is something to count. */
const BEGINNING: Readonly<Record<IjbTask, string>> = {
  'open-ijb': 'Opening the release …',
  'measure-ijb': 'Making ready to see how long it will take …',
  'evaluate-ijb': 'Making ready …',
  'close-ijb': 'Finishing the pictures in hand …',
};

/** How far opening, measuring or evaluating a release is, and the buttons that end it. */
export function IjbProgress({ task }: { task: PageTask<IjbTask> }) {
  const isEnding = useStudio((state) => state.ijb.isEnding);
  const { type, progress } = task;
  return (
    <Stack gap="sm" data-testid="ijb-progress">
      {progress && !isEnding ? (
        <ProgressMeter progress={progress} />
      ) : (
        <Text size="sm" role="status">
          {isEnding ? BEGINNING['close-ijb'] : BEGINNING[type]}
        </Text>
      )}
      {type !== 'close-ijb' && (
        <Group gap="sm">
          {type === 'evaluate-ijb' && (
            <Button variant="default" disabled={isEnding} onClick={pauseIjb}>
              Pause
            </Button>
          )}
          {type === 'measure-ijb' && (
            <Button variant="default" disabled={isEnding} onClick={pauseIjb}>
              Skip
            </Button>
          )}
          <Button variant="subtle" disabled={isEnding} onClick={closeIjb}>
            Stop
          </Button>
          {type === 'evaluate-ijb' && (
            <Text size="sm" c="dimmed">
              Every picture that is read is kept, also if the page is closed.
            </Text>
          )}
        </Group>
      )}
    </Stack>
  );
}
