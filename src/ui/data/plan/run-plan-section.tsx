import { Button, Stack, Text } from '@mantine/core';
import { adaptToSize } from '../../../training/config/adapt-to-size';
import type { RunConfig } from '../../../training/config/run-config';
import type { DataState } from '../data-slice';
import { progressOf } from '../../shell/client/tasks-slice';
import { useStudio } from '../../shell/use-studio';
import { ProgressMeter } from '../../components/progress-meter';
import { requestPlan, stopDataRequest } from '../commands';
import { useConsent } from '../sources/consent';
import { FactTable } from '../../components/fact-table';
import { isCacheable } from '../sources/origins';
import { cacheSentence, planRows } from './plan-text';
import { Section } from '../../components/section';
import { isRunActive, usePendingDataRequest, useBlockedReason } from '../sources/use-source';

/** How long a run with the form's settings will take, measured before it starts. */
export function RunPlanSection() {
  const answer = useStudio(({ plan, config }) =>
    plan?.plan.shards === config.shards ? plan : null,
  );
  const isStale = useStudio(({ plan, config }) => plan !== null && plan.config !== config);
  const runActive = useStudio(isRunActive);
  const progress = useStudio((state) => progressOf(state, 'plan-run'));
  const pending = usePendingDataRequest();
  const noSource = useBlockedReason();
  const blocked = runActive ? 'A run is active: measure once it has ended.' : noSource;
  const { beforeReading, dialog } = useConsent();
  const isMeasuring = pending === 'plan-run';
  return (
    <Section
      title="Before a run"
      summary={
        answer || isMeasuring || blocked
          ? undefined
          : 'Reads, decodes and embeds pictures for ten seconds, as a run with these settings ' +
            'would, and estimates how long the run takes. The steps of the head come on top.'
      }
      topic="plan"
      testId="plan"
      aside={
        <Button
          size="xs"
          variant="default"
          disabled={blocked !== null || pending !== null}
          loading={isMeasuring}
          onClick={() => beforeReading(requestPlan)}
        >
          Measure ten seconds
        </Button>
      }
    >
      {blocked && (
        <Text size="sm" c="dimmed">
          {blocked}
        </Text>
      )}
      {isMeasuring && progress && <ProgressMeter progress={progress} onStop={stopDataRequest} />}
      {isMeasuring && !progress && (
        <Text size="sm" role="status">
          Opening the source
        </Text>
      )}
      {answer && (
        <Stack gap="xs">
          <FactTable rows={planRows(answer.plan, fittedConfig(answer))} testId="plan-facts" />
          {answer.plan.estimated && answer.plan.images !== null && (
            <Text size="xs" c="dimmed">
              The number of pictures was estimated from the source’s size.
            </Text>
          )}
          <Text size="xs" c="dimmed">
            The steps of the head come on top
            {answer.config.features === 'reuse' ? ', every epoch' : ''}.
          </Text>
          <CacheWords />
          {isStale && (
            <Text size="sm" c="dimmed">
              Settings have changed since: measure again.
            </Text>
          )}
        </Stack>
      )}
      {dialog}
    </Section>
  );
}

/** The settings that the run would have: fitted to the number of pictures. */
const fittedConfig = ({ plan, config }: NonNullable<DataState['plan']>): RunConfig =>
  adaptToSize(config, { images: plan.images ?? undefined });

/** Whether the shards fit into the cache; nothing for sources that are not cached. */
function CacheWords() {
  const plan = useStudio((state) => state.plan?.plan);
  const cache = useStudio((state) => state.cache);
  if (!plan || !cache || !isCacheable(plan.shards)) return null;
  return (
    <Text size="sm" data-testid="cache-words">
      {cacheSentence({ needed: plan.bytes, passes: plan.passes, cache })}
    </Text>
  );
}
