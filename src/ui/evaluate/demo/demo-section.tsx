import { Button, Group, Stack, Text } from '@mantine/core';
import { useEffect } from 'react';
import type { DemoTime } from '../../../studio/protocol';
import { isRunActive } from '../../data/sources/use-source';
import { count } from '../../components/format';
import { ask } from '../../shell/client/studio-client';
import { isPending, pendingTask } from '../../shell/client/tasks-slice';
import { studioStore } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { EvaluationMeter } from '../evaluation-meter';
import { Section } from '../../components/section';

/** Draws the pairs: the same ones for everybody. */
const SEED = 777;

/** Evaluates on people of the demo set whom no head has trained on, by one button. */
export function DemoSection() {
  const task = useStudio((state) => pendingTask(state, 'evaluate-demo'));
  const isReady = useStudio((state) => state.backend !== null);
  const isRunning = useStudio(isRunActive);
  const isBusy = useStudio((state) => isPending(state, 'evaluate'));
  const time = useDemoTime(isReady && !isRunning && !isBusy && !task);
  const start = () =>
    ask({ type: 'evaluate-demo', seed: SEED }, (evaluation) => {
      // An evaluation that was stopped before it had a result leaves the last one in place.
      if (evaluation) studioStore.setState({ evaluation });
    });
  return (
    <Section title="On faces that no head has seen" topic="demo" testId="evaluation-demo">
      <Text c="dimmed">
        The demo set is drawn: nobody’s picture is needed. Some of its people are held out from all
        training.
      </Text>
      {task ? (
        <EvaluationMeter task={task} opening="Opening the demo set" />
      ) : (
        <Stack gap={6} align="flex-start">
          <Button size="md" disabled={!isReady || isRunning || isBusy} onClick={start}>
            Try it on the demo’s held-out pairs
          </Button>
          <Group gap="xs">
            <Text size="sm" c="dimmed" data-testid="demo-time">
              {isRunning
                ? 'A run is active: an evaluation would slow both. Wait for its end.'
                : timeSentence(isReady, time)}
            </Text>
          </Group>
        </Stack>
      )}
    </Section>
  );
}

/** Asks once how long it would take with the heads in use, and again when they change. */
function useDemoTime(isIdle: boolean): DemoTime | null {
  const time = useStudio((state) => state.demoTime);
  const heads = useStudio((state) => state.evaluatedHeads);
  const timed = useStudio((state) => state.demoTimeFor);
  useEffect(() => {
    if (!isIdle || timed === heads || heads.length === 0) return;
    studioStore.setState({ demoTimeFor: heads, demoTime: null });
    ask({ type: 'time-demo' }, (demoTime) => {
      if (studioStore.getState().demoTimeFor === heads) studioStore.setState({ demoTime });
    });
  }, [isIdle, timed, heads]);
  return timed === heads ? time : null;
}

/** Rounded up: an estimate is no better than to a tenth or so. */
const roughly = (seconds: number): string =>
  seconds < 90 ? `${5 * Math.ceil(seconds / 5)} s` : `${Math.ceil(seconds / 60)} min`;

function timeSentence(isReady: boolean, time: DemoTime | null): string {
  if (!isReady) return 'The studio is starting.';
  if (!time) return 'Finding out how long it takes on this machine …';
  const { people, of, faces, seconds } = time;
  return (
    `About ${roughly(seconds)} on this machine: up to ${count(faces)} readings of ` +
    `${count(people)} of its ${count(of)} people.`
  );
}
