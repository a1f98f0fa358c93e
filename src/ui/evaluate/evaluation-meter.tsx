import { Button, Group, Text } from '@mantine/core';
import { ProgressMeter } from '../components/progress-meter';
import { send } from '../shell/client/studio-client';
import type { PageTask } from '../shell/client/tasks-slice';

/** How far an evaluation is, with a button to stop it. @param opening what is done first */
export function EvaluationMeter({ task, opening }: { task: PageTask; opening: string }) {
  const stop = () => send({ type: 'stop-evaluation' });
  if (task.progress) return <ProgressMeter progress={task.progress} onStop={stop} />;
  return (
    <Group justify="space-between">
      <Text size="sm" role="status">
        {opening}
      </Text>
      <Button size="compact-sm" variant="default" onClick={stop}>
        Stop
      </Button>
    </Group>
  );
}
