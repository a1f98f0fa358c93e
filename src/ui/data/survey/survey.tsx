import { Button, Text } from '@mantine/core';
import { progressOf } from '../../shell/client/tasks-slice';
import { useStudio } from '../../shell/use-studio';
import { ProgressMeter } from '../../components/progress-meter';
import { requestSurvey, stopDataRequest } from '../commands';
import { useConsent } from '../sources/consent';
import { Section } from '../../components/section';
import { SurveyFigures } from './survey-figures';
import { usePendingDataRequest, useBlockedReason } from '../sources/use-source';

/** Counts everything in a source by reading it once. */
export function Survey() {
  const survey = useStudio((state) =>
    state.survey?.shards === state.config.shards ? state.survey : null,
  );
  const progress = useStudio((state) => progressOf(state, 'survey-source'));
  const pending = usePendingDataRequest();
  const blocked = useBlockedReason();
  const { beforeReading, dialog } = useConsent();
  const isCounting = pending === 'survey-source';
  return (
    <Section
      title="Everything in it"
      summary={
        survey || isCounting
          ? undefined
          : 'Reads every picture once, without decoding it, and counts people, labels, ' +
            'duplicates, sizes and what can’t be read. A streamed source is fetched in full. You ' +
            'can stop the count; what was counted until then is shown.'
      }
      topic="survey"
      testId="survey"
      aside={
        <Button
          size="xs"
          variant="default"
          disabled={blocked !== null || pending !== null}
          loading={isCounting}
          onClick={() => beforeReading(requestSurvey)}
        >
          {survey ? 'Count again' : 'Count everything'}
        </Button>
      }
    >
      {isCounting && progress && <ProgressMeter progress={progress} onStop={stopDataRequest} />}
      {isCounting && !progress && (
        <Text size="sm" role="status">
          Opening the source
        </Text>
      )}
      {survey && <SurveyFigures {...survey} />}
      {dialog}
    </Section>
  );
}
