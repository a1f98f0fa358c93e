import { Alert, Button, Code, Group, List, Loader, Stack, Text } from '@mantine/core';
import { useShallow } from 'zustand/react/shallow';
import type { SourceInfo } from '../../../faces/face-source';
import type { LabelFacts } from '../../../faces/survey/label-fit';
import { totalOf, type LeftOut } from '../../../faces/survey/left-out';
import type { SourceForm } from '../../../faces/sources/source-form';
import { bytes, count } from '../../components/format';
import { ProgressMeter } from '../../components/progress-meter';
import { progressOf } from '../../shell/client/tasks-slice';
import { useStudio } from '../../shell/use-studio';
import { AlignmentNotice } from '../alignment-notice';
import { allowOrigins, requestLook, SAMPLE_COUNT, stopDataRequest } from '../commands';
import { useConsent } from './consent';
import { FactTable } from '../../components/fact-table';
import { SampleGrid } from './sample-grid';
import { Section, TopicErrors } from '../../components/section';
import { LeftOutList } from '../survey/left-out-list';
import { SourceNotes } from './source-notes';
import { firstPictures, useAutomaticLook } from './use-automatic-look';
import { lookOf, unapprovedOrigins, usePendingDataRequest, useBlockedReason } from './use-source';

/** The facts of the chosen source, and its first pictures. */
export function SourceLook() {
  const look = useStudio(lookOf);
  const pending = usePendingDataRequest();
  const blocked = useBlockedReason();
  const shards = useStudio((state) => state.config.shards);
  const countedLabels = useStudio(({ survey, config }) =>
    survey?.complete && survey.shards === config.shards ? survey.survey.labels : undefined,
  );
  const { beforeReading, dialog } = useConsent();
  useAutomaticLook();
  const isLooking = pending === 'look-at-source';
  return (
    <Section
      title="What it holds"
      summary="Its first faces, each with the number of its person."
      topic="look"
      testId="look"
      aside={
        <Button
          size="xs"
          variant="default"
          disabled={blocked !== null || pending !== null}
          loading={isLooking}
          onClick={() => beforeReading(() => requestLook(firstPictures(shards)))}
        >
          {look ? 'Look again' : 'Look'}
        </Button>
      }
    >
      {isLooking && <Looking />}
      {!look && !isLooking && <NotLooked blocked={blocked} />}
      {look && (
        <Stack gap="sm">
          <ForeignShards info={look.info} />
          {look.samples.length > 0 && <SampleGrid samples={look.samples} />}
          {look.samples.length === 0 && look.samplesRequested > 0 && (
            <Text size="sm">It holds no picture that can be read.</Text>
          )}
          <TopicErrors topic="align" />
          <AlignmentNotice />
          <FactTable
            rows={factsOf(look.info, countedLabels)}
            terms={{ Shards: 'shard', Labels: 'label' }}
            testId="facts"
          />
          <SourceNotes notes={look.info.notes} />
          {!countedLabels && <LeftOutOnOpening groups={look.info.leftOut} />}
        </Stack>
      )}
      {dialog}
    </Section>
  );
}

function Looking() {
  const progress = useStudio((state) => progressOf(state, 'look-at-source'));
  if (progress) return <ProgressMeter progress={progress} onStop={stopDataRequest} />;
  return (
    <Group gap="xs" role="status">
      <Loader size="xs" aria-hidden />
      <Text size="sm">Reading the first pictures</Text>
      <Button size="compact-sm" variant="default" onClick={stopDataRequest}>
        Stop
      </Button>
    </Group>
  );
}

function NotLooked({ blocked }: { blocked: string | null }) {
  const origins = useStudio(useShallow(unapprovedOrigins));
  const notYet =
    origins.length > 0
      ? `It is at ${origins.join(', ')}: nothing is fetched before you press Look.`
      : 'Not looked at yet.';
  return (
    <Text size="sm" c="dimmed">
      {blocked ?? notYet}
    </Text>
  );
}

/** The foreign origins of a manifest's shards, shown before anything is fetched from them. */
function ForeignShards({ info }: { info: SourceInfo }) {
  const allowed = useStudio((state) => state.allowedOrigins);
  const origins = info.foreignOrigins ?? [];
  if (origins.length === 0) return null;
  const isNew = origins.some((origin) => !allowed.includes(origin));
  const proceed = () => allowOrigins(origins, () => requestLook(SAMPLE_COUNT));
  const others =
    origins.length === 1 ? 'another machine' : `${count(origins.length)} other machines`;
  return (
    <Alert
      color="gray"
      title={`The shards of this manifest are on ${others}`}
      data-testid="foreign-origins"
    >
      <Stack gap="xs" align="flex-start">
        <List size="sm">
          {origins.map((origin) => (
            <List.Item key={origin}>
              <Code>{origin}</Code>
            </List.Item>
          ))}
        </List>
        {isNew
          ? 'Its pictures are fetched from there once you look at them, count them, ' +
            'measure or start a run.'
          : 'You have allowed this.'}
        {isNew && (
          <Button size="xs" variant="default" onClick={proceed}>
            Allow it, and look at the pictures
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

const formNames: Record<SourceForm, string> = {
  recordio: 'RecordIO, read in any order',
  webdataset: 'WebDataset tars, read one after another',
  parquet: 'Parquet, read by row groups',
  folder: 'Files in folders',
};

function factsOf(
  { form, shards, images, identities, bytes: size, denseLabels, shuffle }: SourceInfo,
  labels?: LabelFacts,
): [string, string][] {
  return [
    ['Form', formNames[form]],
    ['Shards', count(shards.length)],
    ['Pictures', count(images)],
    ['People', count(identities)],
    ['Size', bytes(size)],
    ['Labels', labelsText(labels?.dense ?? denseLabels)],
    ['Shuffled', shuffle === 'global' ? 'as a whole' : 'shard by shard, and through a buffer'],
  ];
}

function labelsText(dense: boolean | undefined): string {
  if (dense === undefined) return 'known once everything is counted';
  return dense ? 'from 0, without a gap' : 'with gaps, or not from 0';
}

/** What is known to be left out before any picture has been read. */
function LeftOutOnOpening({ groups = [] }: { groups?: readonly LeftOut[] }) {
  if (groups.length === 0) return null;
  return (
    <Stack gap={4}>
      <Text size="sm">
        So far {count(totalOf(groups))} left out; counting everything finds the rest.
      </Text>
      <LeftOutList groups={groups} />
    </Stack>
  );
}
