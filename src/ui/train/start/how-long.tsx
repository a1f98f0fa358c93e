import { Button, Text } from '@mantine/core';
import type { RunPlan } from '../../../training/session/run-plan';
import { requestPlan, stopDataRequest } from '../../data/commands';
import { useConsent } from '../../data/sources/consent';
import { useBlockedReason, usePendingDataRequest } from '../../data/sources/use-source';
import { count, duration } from '../../components/format';
import { ProgressMeter } from '../../components/progress-meter';
import { TopicErrors } from '../../components/section';
import { progressOf } from '../../shell/client/tasks-slice';
import { useStudio } from '../../shell/use-studio';

/** How long the run would take on this machine: measured when a person asks, as in Data. */
export function HowLong() {
  const plan = useStudio(({ plan: answer, config }) =>
    answer?.config === config ? answer.plan : null,
  );
  const progress = useStudio((state) => progressOf(state, 'plan-run'));
  const pending = usePendingDataRequest();
  const isReady = useStudio((state) => state.backend !== null);
  const blocked = useBlockedReason();
  const { beforeReading, dialog } = useConsent();
  if (pending === 'plan-run')
    return progress ? <ProgressMeter progress={progress} onStop={stopDataRequest} /> : null;
  return (
    <>
      <TopicErrors topic="plan" />
      {plan ? (
        <Text data-testid="how-long">{planSentence(plan)}</Text>
      ) : (
        <Button
          variant="transparent"
          px={0}
          disabled={!isReady || blocked !== null || pending !== null}
          onClick={() => beforeReading(requestPlan)}
        >
          How long will it take here?
        </Button>
      )}
      {dialog}
    </>
  );
}

/** What a measured plan says of the time until the head has learnt. */
export function planSentence({
  secondsPerPass,
  passes,
  embeddings,
  images,
  kept,
}: RunPlan): string {
  const pictures = embeddings ?? images;
  if (secondsPerPass === null || pictures === null)
    return 'How many pictures there are isn’t known, so neither is the time.';
  if (kept >= pictures)
    return 'All its pictures were read before and are kept: the head starts to learn at once.';
  const left = pictures - kept;
  const again = passes > 1 ? `, ${count(passes)} times` : '';
  return (
    `About ${duration(secondsPerPass * passes)} on this machine, as measured, to read ` +
    `${count(left)} pictures${again}. The head’s own steps take little beside it.`
  );
}
