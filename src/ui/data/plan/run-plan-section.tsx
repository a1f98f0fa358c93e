import { Button, Stack, Text } from '@mantine/core';
import { useStudio } from '../../shell/use-studio';
import { ProgressMeter } from '../../components/progress-meter';
import { askPlan, stopAsking } from '../commands';
import { useConsent } from '../sources/consent';
import { FactTable } from '../../components/fact-table';
import { canBeKept } from '../sources/origins';
import { cacheSentence, planRows } from './plan-words';
import { Section } from '../../components/section';
import { isRunOn, useQuestionAtWork, useWhyNot } from '../sources/use-source';

/** What a run of the settings on show will take, measured before it. */
export function RunPlanSection() {
  const answer = useStudio(({ plan, config }) =>
    plan?.plan.shards === config.shards ? plan : null,
  );
  const isStale = useStudio(({ plan, config }) => plan !== null && plan.config !== config);
  const runOn = useStudio(isRunOn);
  const progress = useStudio((state) => state.dataProgress);
  const atWork = useQuestionAtWork();
  const elsewhere = useWhyNot();
  const whyNot = runOn ? 'A run is on: measure once it has ended.' : elsewhere;
  const { beforeReading, dialog } = useConsent();
  const isMeasuring = atWork === 'plan';
  return (
    <Section
      title="Before a run"
      topic="plan"
      testId="plan"
      aside={
        <Button
          size="xs"
          variant="default"
          disabled={whyNot !== null || atWork !== null}
          loading={isMeasuring}
          onClick={() => beforeReading(askPlan)}
        >
          Measure ten seconds
        </Button>
      }
    >
      {whyNot && (
        <Text size="sm" c="dimmed">
          {whyNot}
        </Text>
      )}
      {isMeasuring && progress && <ProgressMeter progress={progress} onStop={stopAsking} />}
      {isMeasuring && !progress && (
        <Text size="sm" role="status">
          OpenContext the source
        </Text>
      )}
      {answer && (
        <Stack gap="xs">
          <FactTable rows={planRows(answer.plan, answer.config)} testId="plan-facts" />
          {answer.plan.estimated && answer.plan.images !== null && (
            <Text size="xs" c="dimmed">
              How many pictures there are was worked out from the source’s size.
            </Text>
          )}
          <Text size="xs" c="dimmed">
            Steps of the head come on top{answer.config.features === 'reuse' ? ', every epoch' : ''}
            .
          </Text>
          <CacheWords />
          {isStale && (
            <Text size="sm" c="orange">
              Settings have changed since: measure again.
            </Text>
          )}
        </Stack>
      )}
      {!answer && !isMeasuring && !whyNot && (
        <Text size="sm" c="dimmed">
          Pictures are read, decoded and embedded for ten seconds, as a run of these settings would
          do it; from that comes how long it takes. Steps of the head come on top.
        </Text>
      )}
      {dialog}
    </Section>
  );
}

/** Whether the shards can be kept, for sources of which shards are. */
function CacheWords() {
  const plan = useStudio((state) => state.plan?.plan);
  const cache = useStudio((state) => state.cache);
  if (!plan || !cache || !canBeKept(plan.shards)) return null;
  return (
    <Text size="sm" data-testid="cache-words">
      {cacheSentence({ needed: plan.bytes, passes: plan.passes, cache })}
    </Text>
  );
}
