import { Stack, Text } from '@mantine/core';
import { useEffect } from 'react';
import { EvaluatedHeads } from '../../heads/evaluated-heads';
import { isRunActive } from '../../data/sources/use-source';
import { Section } from '../../components/section';
import { isPending, pendingTask } from '../../shell/client/tasks-slice';
import { useStudio } from '../../shell/use-studio';
import { Term } from '../../words/term';
import { IJB_TASKS, refreshIjb } from './commands';
import { IjbProgress } from './ijb-progress';
import { IjbResultView } from './ijb-result-view';
import { KeptReadingsList } from './kept-readings-list';
import { ReleaseInput } from './release-input';
import { ReleasePlan } from './release-plan';

/**
 * Evaluates a release of IJB-B or IJB-C that a person has on disk: says what it is and how long it
 * will take, reads it over hours with pauses and reloads in between, and shows the result.
 */
export function IjbSection() {
  useFreshState();
  const state = useStudio(({ ijb }) => ijb.state);
  const task = useStudio((studio) => pendingTask(studio, ...IJB_TASKS));
  const isReady = useStudio((studio) => studio.backend !== null);
  const isRunning = useStudio(isRunActive);
  const release = state?.release ?? null;
  return (
    <Section title="On the paper’s own test, IJB-B or IJB-C" topic="ijb" testId="evaluation-ijb">
      <Text c="dimmed" maw="62ch">
        Millions of pairs of <Term name="template">templates</Term>, each made of several pictures
        of one person. Reading them takes hours: you can pause, close the page, and go on.
      </Text>
      {task && <IjbProgress task={task} />}
      {!task && release && (
        <Stack gap="sm">
          <ReleasePlan release={release} isRunning={isRunning} />
          <EvaluatedHeads />
        </Stack>
      )}
      {!task && !release && <ReleaseInput locked={!isReady} />}
      {!task && state && <KeptReadingsList kept={state.kept} isOpen={release !== null} />}
      {state?.result && <IjbResultView result={state.result} />}
      {!isReady && (
        <Text size="sm" c="dimmed">
          The studio is starting.
        </Text>
      )}
    </Section>
  );
}

/** Asks how things stand now, whenever something has ended, and when heads have changed. */
function useFreshState(): void {
  const isReady = useStudio((state) => state.backend !== null);
  const isBusy = useStudio((state) => isPending(state, ...IJB_TASKS));
  const heads = useStudio((state) => state.evaluatedHeads);
  useEffect(() => {
    if (isReady && !isBusy) refreshIjb();
  }, [isReady, isBusy, heads]);
}
