import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { labelFit } from '../../../faces/survey/label-fit';
import type { CentresInUse } from '../../../studio/protocol';
import { FactTable } from '../../components/fact-table';
import { count } from '../../components/format';
import { Section } from '../../components/section';
import { studioStore } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { Term } from '../../words/term';
import { readCentres } from '../commands';
import { FileDrop } from '../../components/files/file-drop';
import { ModelProgress, useModelsLocked } from '../model-progress';

/** Loads class centres from files, and chooses them for the next run. */
export function CentresSection() {
  const centres = useStudio((state) => state.centres);
  const wanted = useStudio((state) =>
    state.config.centres === 'file' ? state.config.centreFiles : null,
  );
  const locked = useModelsLocked();
  return (
    <Section
      title="Class centres"
      summary={
        <>
          The <Term name="classCentre">direction of each person</Term> that pictures are trained
          against. The studio makes them from the pictures themselves, unless you load the FC layer
          that the backbone was trained with.
        </>
      }
      topic="centres"
      folds
      testId="centres-section"
    >
      {centres && <Centres centres={centres} isUsed={wanted === centres.name} locked={locked} />}
      {wanted !== null && wanted !== centres?.name && (
        <Text size="sm" c="orange">
          The next run needs {wanted.replace(/^files:/, '')}: pick it again, because a page loses
          its files when it is reloaded.
        </Text>
      )}
      <FileDrop
        label="Choose class centres"
        hint="or drop them here: one FC file, or all softmax_fc_gpu_*.pt of a training"
        multiple
        disabled={locked}
        onFiles={readCentres}
      />
      <Text size="xs" c="dimmed">
        arc_face_state_dict.weight, InsightFace’s rank shards (joined by their numbers),
        softmax_weight.pt, or a bare matrix of one row a person.
      </Text>
      <ModelProgress topic="centres" />
    </Section>
  );
}

function rowsOf({ form, classes, dimension, parts, zeroRows }: CentresInUse): [string, string][] {
  const rows: [string, string][] = [
    ['Recognised as', form],
    ['People', count(classes)],
    ['Dimension', count(dimension)],
  ];
  if (parts.length > 1) {
    const names = parts.map((part) => `${part.name} (${count(part.classes)})`);
    rows.push(['Parts', names.join(', ')]);
  }
  if (zeroRows > 0) rows.push(['Rows of zeros', count(zeroRows)]);
  return rows;
}

function Centres({
  centres,
  isUsed,
  locked,
}: {
  centres: CentresInUse;
  isUsed: boolean;
  locked: boolean;
}) {
  const labels = useStudio(({ survey, config }) =>
    survey?.shards === config.shards && survey.complete ? survey.survey.labels : undefined,
  );
  const fit = labels && labelFit(labels, centres.classes);
  const use = (part: { centres: 'file' | 'first-pass'; centreFiles: string }) =>
    studioStore.setState(({ config }) => ({ config: { ...config, ...part } }));
  return (
    <Stack gap="xs">
      <FactTable testId="centres-facts" rows={rowsOf(centres)} />
      {fit ? (
        <Alert color={fit.fits ? 'teal' : 'red'} p="xs">
          {fit.sentence}
        </Alert>
      ) : (
        <Text size="xs" c="dimmed">
          Count the source under Data to see here whether its labels fit.
        </Text>
      )}
      <Group>
        <Button
          size="xs"
          disabled={locked || isUsed || fit?.fits === false}
          onClick={() => use({ centres: 'file', centreFiles: centres.name })}
        >
          {isUsed ? 'The next run uses them' : 'Use them for the next run'}
        </Button>
        {isUsed && (
          <Button
            size="xs"
            variant="default"
            disabled={locked}
            onClick={() => use({ centres: 'first-pass', centreFiles: '' })}
          >
            Make them from the pictures instead
          </Button>
        )}
      </Group>
    </Stack>
  );
}
