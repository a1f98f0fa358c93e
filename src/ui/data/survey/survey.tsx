import { Button, Text } from '@mantine/core';
import { useStudio } from '../../shell/use-studio';
import { ProgressMeter } from '../../components/progress-meter';
import { askSurvey, stopAsking } from '../commands';
import { useConsent } from '../sources/consent';
import { Section } from '../../components/section';
import { SurveyFigures } from './survey-figures';
import { useQuestionAtWork, useWhyNot } from '../sources/use-source';

/** Everything that a source holds, counted by reading it once. */
export function Survey() {
  const survey = useStudio((state) =>
    state.survey?.shards === state.config.shards ? state.survey : null,
  );
  const progress = useStudio((state) => state.dataProgress);
  const atWork = useQuestionAtWork();
  const whyNot = useWhyNot();
  const { beforeReading, dialog } = useConsent();
  const isCounting = atWork === 'survey';
  return (
    <Section
      title="Everything in it"
      topic="survey"
      testId="survey"
      aside={
        <Button
          size="xs"
          variant="default"
          disabled={whyNot !== null || atWork !== null}
          loading={isCounting}
          onClick={() => beforeReading(askSurvey)}
        >
          {survey ? 'Count again' : 'Count everything'}
        </Button>
      }
    >
      {isCounting && progress && <ProgressMeter progress={progress} onStop={stopAsking} />}
      {isCounting && !progress && (
        <Text size="sm" role="status">
          OpenContext the source
        </Text>
      )}
      {survey && <SurveyFigures {...survey} />}
      {!survey && !isCounting && (
        <Text size="sm" c="dimmed">
          Every picture is read once and none is decoded: people, labels, doubles, sizes, and what
          can’t be read. A source that is streamed is fetched whole for it; it can be stopped, and
          what was counted until then is shown.
        </Text>
      )}
      {dialog}
    </Section>
  );
}
