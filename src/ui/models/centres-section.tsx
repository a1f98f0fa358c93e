import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { labelFit } from '../../faces/survey/label-fit';
import type { CentresInUse } from '../../studio/protocol';
import { FactTable } from '../components/fact-table';
import { count } from '../components/format';
import { Section } from '../components/section';
import { studioStore } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { readCentres } from './commands';
import { FileDrop } from './file-drop';
import { ModelProgress, useModelsLocked } from './model-progress';

/** Class centres that were made elsewhere, and how the ways of making them here compare. */
export function CentresSection() {
  const centres = useStudio((state) => state.centres);
  const asked = useStudio((state) =>
    state.config.centres === 'file' ? state.config.centreFiles : null,
  );
  const locked = useModelsLocked();
  return (
    <Section title="Class centres" topic="centres" testId="centres-section">
      <Text size="sm" c="dimmed">
        The direction of each person that pictures are trained against. The studio makes them of the
        pictures themselves, unless you bring the FC layer that the backbone was trained with.
      </Text>
      {centres && <Centres centres={centres} isUsed={asked === centres.name} locked={locked} />}
      {asked !== null && asked !== centres?.name && (
        <Text size="sm" c="orange">
          The next run asks for {asked.replace(/^files:/, '')}: pick it again, as a page may not
          keep hold of files.
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
      <FactTable
        testId="centres-facts"
        rows={[
          ['Recognised as', centres.form],
          ['People', count(centres.classes)],
          ['Dimension', count(centres.dimension)],
          ...(centres.parts.length > 1
            ? [
                [
                  'Parts',
                  centres.parts
                    .map(({ name, classes }) => `${name} (${count(classes)})`)
                    .join(', '),
                ] as [string, string],
              ]
            : []),
          ...(centres.zeroRows > 0
            ? [['Rows of zeros', count(centres.zeroRows)] as [string, string]]
            : []),
        ]}
      />
      {fit ? (
        <Alert color={fit.fits ? 'teal' : 'red'} p="xs">
          {fit.sentence}
        </Alert>
      ) : (
        <Text size="xs" c="dimmed">
          Count the source under Data, and whether its labels fit will stand here.
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
            Make them of the pictures instead
          </Button>
        )}
      </Group>
    </Stack>
  );
}
