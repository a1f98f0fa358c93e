import { Alert, Button, Code, Group, List, Loader, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { SourceInfo } from '../../../faces/face-source';
import type { LabelFacts } from '../../../faces/survey/label-fit';
import { totalOf, type LeftOut } from '../../../faces/survey/left-out';
import type { SourceForm } from '../../../faces/sources/source-form';
import { bytes, count } from '../../components/format';
import { ProgressMeter } from '../../components/progress-meter';
import { studioStore } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { allow, askLook, SAMPLES, stopAsking } from '../commands';
import { useConsent } from './consent';
import { FactTable } from '../../components/fact-table';
import { foreignOriginsOf } from './origins';
import { SampleGrid } from '../../components/sample-grid';
import { Section } from '../../components/section';
import { LeftOutList } from '../../components/left-out-list';
import { SourceNotes } from './source-notes';
import { lookOf, unaskedOrigins, useQuestionAtWork, useWhyNot } from './use-source';

/** Milliseconds without a change after which a source is looked at by itself. */
const SETTLED = 600;

/** What the source on show is, and its first pictures. */
export function SourceLook() {
  const look = useStudio(lookOf);
  const atWork = useQuestionAtWork();
  const whyNot = useWhyNot();
  const progress = useStudio((state) => state.dataProgress);
  const shards = useStudio((state) => state.config.shards);
  const countedLabels = useStudio(({ survey, config }) =>
    survey?.complete && survey.shards === config.shards ? survey.survey.labels : undefined,
  );
  const { beforeReading, dialog } = useConsent();
  useLookByItself();
  const isLooking = atWork === 'look';
  return (
    <Section
      title="What it holds"
      topic="look"
      testId="look"
      aside={
        <Button
          size="xs"
          variant="default"
          disabled={whyNot !== null || atWork !== null}
          loading={isLooking}
          onClick={() => beforeReading(() => askLook(firstPictures(shards)))}
        >
          {look ? 'Look again' : 'Look'}
        </Button>
      }
    >
      {isLooking &&
        (progress ? <ProgressMeter progress={progress} onStop={stopAsking} /> : <Looking />)}
      {look ? (
        <Stack gap="sm">
          <FactTable rows={factsOf(look.info, countedLabels)} testId="facts" />
          <ForeignShards info={look.info} />
          <SourceNotes notes={look.info.notes} />
          {look.samples.length > 0 && <SampleGrid samples={look.samples} />}
          {look.samples.length === 0 && look.picturesAsked > 0 && (
            <Text size="sm">It holds no picture that can be read.</Text>
          )}
          {!countedLabels && <LeftOutOnOpening groups={look.info.leftOut} />}
        </Stack>
      ) : (
        !isLooking && <NotLooked whyNot={whyNot} />
      )}
      {dialog}
    </Section>
  );
}

function Looking() {
  return (
    <Group gap="xs" role="status">
      <Loader size="xs" aria-hidden />
      <Text size="sm">Reading the first pictures</Text>
      <Button size="compact-sm" variant="default" onClick={stopAsking}>
        Stop
      </Button>
    </Group>
  );
}

function NotLooked({ whyNot }: { whyNot: string | null }) {
  const origins = useStudio(useShallow(unaskedOrigins));
  return (
    <Text size="sm" c="dimmed">
      {whyNot ??
        (origins.length > 0
          ? `It lies at ${origins.join(', ')}, so nothing of it is fetched before you press Look.`
          : 'Not looked at yet.')}
    </Text>
  );
}

/** Origins that a manifest's shards would be fetched from, before anything of them is. */
function ForeignShards({ info }: { info: SourceInfo }) {
  const allowed = useStudio((state) => state.allowedOrigins);
  const origins = info.foreignOrigins ?? [];
  if (origins.length === 0) return null;
  const isNew = origins.some((origin) => !allowed.includes(origin));
  const proceed = () => allow(origins, () => askLook(SAMPLES));
  return (
    <Alert
      color="orange"
      title={`This manifest would have this machine ask ${origins.length === 1 ? 'another' : `${count(origins.length)} others`}`}
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
          : 'You have allowed it.'}
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
  recordio: 'RecordIO, read at any place',
  webdataset: 'WebDataset tars, read one after another',
  parquet: 'Parquet, read by row groups',
  folder: 'Files in folders',
};

function factsOf(
  { form, shards, images, identities, bytes: size, denseLabels, shuffle }: SourceInfo,
  counted?: LabelFacts,
): [string, string][] {
  const dense = counted?.dense ?? denseLabels;
  return [
    ['Form', formNames[form]],
    ['Shards', count(shards.length)],
    ['Pictures', count(images)],
    ['People', count(identities)],
    ['Size', bytes(size)],
    [
      'Labels',
      dense === undefined
        ? 'known once everything is counted'
        : dense
          ? 'from 0, without a gap'
          : 'not from 0 without a gap',
    ],
    ['Shuffled', shuffle === 'global' ? 'as a whole' : 'shard by shard, and through a buffer'],
  ];
}

/** What is known to be left out before a picture has been read. */
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

/** What a manifest lists is seen before a picture is fetched from there. */
const firstPictures = (shards: string): number => (/\.json(\?.*)?$/.test(shards) ? 0 : SAMPLES);

/**
 * Looks at a source that lies here as soon as it is chosen, and at a manifest's pictures where they
 * may be fetched.
 */
function useLookByItself(): void {
  const isReady = useStudio((state) => state.backend !== null);
  const shards = useStudio((state) => state.config.shards);
  const files = useStudio((state) => state.files);
  const [settled] = useDebouncedValue(shards, SETTLED);
  const look = useStudio(lookOf);
  useEffect(() => {
    const state = studioStore.getState();
    if (!isReady || settled !== state.config.shards || settled.trim() === '' || lookOf(state))
      return;
    if (state.pending || foreignOriginsOf(settled, location.href).length > 0) return;
    if (settled.startsWith('files:') && files.length === 0) return;
    askLook(firstPictures(settled));
  }, [isReady, settled, files]);
  useEffect(() => {
    if (look?.picturesAsked === 0 && unaskedOrigins(studioStore.getState()).length === 0)
      askLook(SAMPLES);
  }, [look]);
}
