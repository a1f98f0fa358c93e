import {
  Alert,
  Button,
  Group,
  Modal,
  NumberInput,
  Progress,
  SegmentedControl,
  Stack,
  Table,
  Text,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  lessonDefaults,
  lessonNumberRules,
  type LessonConfig,
} from '../../training/lesson/lesson-config';
import { lessonNote, type LessonFigures } from '../../training/lesson/lesson-events';
import { useConsent } from '../data/sources/consent';
import { count, duration, fixed, percent } from '../components/format';
import { effectOfStart, isLessonActive } from './lesson-slice';
import { ProgressMeter } from '../components/progress-meter';
import { Section } from '../components/section';
import { studioStore } from '../shell/studio-store';
import { progressOf } from '../shell/client/tasks-slice';
import { useStudio } from '../shell/use-studio';
import { exportLesson, startLesson, stopLesson, adoptLesson } from './commands';
import { useModelsLocked } from './model-progress';
import { WideTable } from '../components/wide-table';
import { Term } from '../words/term';

const TITLE = 'A lesson: a small backbone from scratch';

/** Step 1 of the published recipe, small enough to watch: trains a backbone from scratch. */
export function LessonSection() {
  const isActive = useStudio(isLessonActive);
  const set = useStudio((state) => state.lessonSet);
  return (
    <Section
      title={TITLE}
      summary={
        <>
          The recipe begins with a backbone that is trained by a margin loss (
          <Term name="arcface">ArcFace</Term> or <Term name="cosface">CosFace</Term>); SCF’s head
          comes after it. Here a small one is trained on the chosen faces, in a few minutes. It is
          judged on people that it never sees, and compared with the backbone in use.
        </>
      }
      topic="lesson"
      folds={!isActive && !set}
      testId="lesson-section"
    >
      {isActive ? <LessonProgress /> : <Settings />}
      <Results />
      {set && (
        <Alert color="yellow" p="xs" data-testid="lesson-note">
          {lessonNote(set)} <AheadNote />
        </Alert>
      )}
    </Section>
  );
}

function Settings() {
  const locked = useModelsLocked();
  const [asking, { open, close }] = useDisclosure(false);
  const hasNetwork = useStudio((all) => all.lessonSet !== null);
  const settings = useStudio((all) => all.lessonSettings);
  const change = (part: Partial<typeof settings>) =>
    studioStore.setState({ lessonSettings: { ...settings, ...part } });
  const { beforeReading, dialog } = useConsent();
  const configFor = (shards: string): LessonConfig => ({ ...lessonDefaults, ...settings, shards });
  const effect = useStudio((all) => effectOfStart(all, configFor(all.config.shards)));
  const start = () => {
    close();
    startLesson(configFor(studioStore.getState().config.shards));
  };
  const number = (name: 'epochs' | 'margin', label: string, step: number) => (
    <NumberInput
      label={label}
      size="xs"
      w={100}
      step={step}
      min={lessonNumberRules[name].min}
      max={lessonNumberRules[name].max}
      allowDecimal={name !== 'epochs'}
      clampBehavior="blur"
      value={settings[name]}
      disabled={locked}
      onChange={(value) => typeof value === 'number' && change({ [name]: value })}
    />
  );
  return (
    <Group align="flex-end" gap="sm">
      <SegmentedControl
        size="xs"
        aria-label="Loss of the lesson"
        data={[
          { value: 'arcface', label: 'ArcFace' },
          { value: 'cosface', label: 'CosFace' },
        ]}
        value={settings.loss}
        disabled={locked}
        onChange={(loss) => change({ loss: loss as LessonConfig['loss'] })}
      />
      {number('margin', 'Margin', 0.05)}
      {number('epochs', 'Epochs', 1)}
      <Button
        size="xs"
        disabled={locked}
        onClick={() => beforeReading(effect === 'replaces' ? open : start)}
      >
        {effect === 'resumes' ? 'Go on with the lesson' : 'Begin the lesson'}
      </Button>
      {hasNetwork && (
        <>
          <Button size="xs" variant="default" disabled={locked} onClick={() => adoptLesson()}>
            Use it as the backbone
          </Button>
          <Button size="xs" variant="default" disabled={locked} onClick={() => exportLesson()}>
            Download it
          </Button>
        </>
      )}
      {dialog}
      <Modal opened={asking} onClose={close} title="Begin another lesson?" centered>
        <Stack gap="sm">
          <Text size="sm">
            Only one lesson is kept. Another replaces the small backbone that was trained here, and
            its figures.
          </Text>
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={close} data-autofocus>
              Keep it
            </Button>
            <Button size="xs" variant="default" disabled={locked} onClick={() => exportLesson()}>
              Download it first
            </Button>
            <Button size="xs" color="red.9" onClick={start}>
              Begin another
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}

function LessonProgress() {
  const progress = useStudio((state) => progressOf(state, 'start-lesson'));
  const step = useStudio((state) => state.lessonStep);
  if (progress) return <ProgressMeter progress={progress} onStop={stopLesson} />;
  if (!step) {
    return (
      <Text size="sm" role="status">
        Opening the source
      </Text>
    );
  }
  return (
    <Stack gap={6}>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">
          Epoch {step.epoch}, step {count(step.step)} of {count(step.steps)}: loss{' '}
          {fixed(step.loss)}, {percent(step.accuracy)} nearest to their own person
        </Text>
        <Button size="compact-sm" variant="default" onClick={stopLesson}>
          Stop
        </Button>
      </Group>
      <Progress value={(100 * step.step) / step.steps} animated aria-label="Steps of the lesson" />
      <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {fixed(step.imagesPerSecond, 0)} pictures a second
      </Text>
    </Stack>
  );
}

/** Explains why beating a pretrained backbone on synthetic faces is no achievement. */
function AheadNote() {
  const last = useStudio((state) => state.lessonResults.at(-1));
  const baseline = useStudio((state) => state.lessonBaseline);
  if (!last || !baseline || last.auc <= baseline.auc) return null;
  return (
    <>
      It is ahead of {baseline.name} only because these people are like those it learnt from; on
      other photographs expect it to be far behind. To see that, use it as the backbone and score a
      verification set in Evaluate.
    </>
  );
}

function Results() {
  const results = useStudio((state) => state.lessonResults);
  const baseline = useStudio((state) => state.lessonBaseline);
  const set = useStudio((state) => state.lessonSet);
  if (results.length === 0 || !set) {
    return (
      <Text size="sm" c="dimmed">
        How well it tells people apart will appear here: before any training, after each epoch, and
        compared with the backbone in use.
      </Text>
    );
  }
  const rows: [string, LessonFigures, number | null][] = [
    ...results.map((result): [string, LessonFigures, number | null] => [
      result.epoch === 0 ? 'Before any training' : `After epoch ${result.epoch}`,
      result,
      result.seconds,
    ]),
  ];
  if (baseline) rows.push([baseline.name, baseline, null]);
  return (
    <WideTable label="Both backbones, as a table" minWidth={420}>
      <Table
        data-testid="lesson-results"
        verticalSpacing={4}
        captionSide="top"
        style={{ fontVariantNumeric: 'tabular-nums' }}
      >
        <Table.Caption ta="start">
          {count(set.genuinePairs)} genuine and {count(set.impostorPairs)} impostor pairs of{' '}
          {count(set.heldOutIdentities)} people held out
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Network</Table.Th>
            <Table.Th scope="col">AUC</Table.Th>
            <Table.Th scope="col">TAR at FAR 1 %</Table.Th>
            <Table.Th scope="col">trained in</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([name, { auc, tarAtFar1Percent }, seconds]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={500}>
                {name}
              </Table.Th>
              <Table.Td>{fixed(auc, 4)}</Table.Td>
              <Table.Td>{tarAtFar1Percent === null ? '–' : percent(tarAtFar1Percent)}</Table.Td>
              <Table.Td>{seconds === null ? '–' : duration(seconds)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}
