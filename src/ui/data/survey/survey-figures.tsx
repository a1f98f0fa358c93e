import { Alert, List, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { denseSentence } from '../../../faces/survey/label-fit';
import { namedFormats } from '../../../faces/decode/formats/picture-formats';
import type { PerIdentity, SurveyResult } from '../../../faces/survey/source-survey';
import { totalOf, usedSentence } from '../../../faces/survey/left-out';
import { bytes, count, counted, fixed } from '../../components/format';
import { FactTable } from '../../components/fact-table';
import { LeftOutList } from './left-out-list';
import { ClassesCheck } from './classes-check';
import { SourceNotes } from '../sources/source-notes';
import { PeopleHistogram } from './people-histogram';

interface SurveyFiguresProps {
  readonly survey: SurveyResult;
  readonly complete: boolean;
  /** How the source was interpreted. */
  readonly notes: readonly string[];
}

/** The figures of a survey. */
export function SurveyFigures({ survey, complete, notes }: SurveyFiguresProps) {
  const { perIdentity, labels, duplicates } = survey;
  return (
    <Stack gap="sm" data-testid="survey-figures">
      {!complete && (
        <Alert color="yellow" data-testid="survey-partial">
          The count was stopped: this covers only the first {counted(survey.images, 'record')}. It
          doesn’t show how many people the whole set has, nor whether its labels have gaps.
        </Alert>
      )}
      <Text size="sm" fw={600} data-testid="used">
        {complete
          ? `${usedSentence(survey.used, survey.leftOut)}.`
          : `So far ${usedSentence(survey.used, survey.leftOut)}.`}
      </Text>
      <SourceNotes notes={notes} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <FactTable rows={factsOf(survey)} testId="survey-facts" />
        {perIdentity && <PeopleHistogram perIdentity={perIdentity} />}
      </SimpleGrid>
      {labels && (
        <Stack gap={4}>
          <Title order={3} size="h6">
            Labels
          </Title>
          <Text size="sm" data-testid="labels">
            {denseSentence(labels)}
          </Text>
          {complete && <ClassesCheck labels={labels} />}
        </Stack>
      )}
      <Examples
        title={`Duplicates, byte for byte: ${count(duplicates.pictures)}`}
        items={duplicates.examples.map(({ key, sameAs }) => `${key} equals ${sameAs}`)}
        of={duplicates.pictures}
      />
      {survey.leftOut.length > 0 && (
        <Stack gap={4}>
          <Title order={3} size="h6">
            Left out: {count(totalOf(survey.leftOut))}
          </Title>
          <LeftOutList groups={survey.leftOut} />
        </Stack>
      )}
    </Stack>
  );
}

function Examples({ title, items, of }: { title: string; items: readonly string[]; of: number }) {
  if (of === 0) return null;
  return (
    <Stack gap={4}>
      <Title order={3} size="h6">
        {title}
      </Title>
      <List size="xs" style={{ overflowWrap: 'anywhere' }}>
        {items.map((item, index) => (
          <List.Item key={index}>{item}</List.Item>
        ))}
        {of > items.length && <List.Item>and {count(of - items.length)} more</List.Item>}
      </List>
    </Stack>
  );
}

function picturesEachRow(perIdentity: PerIdentity): [string, string] {
  return ['Pictures of one person', picturesEach(perIdentity)];
}

/** "2 each", or "1 to 9, median 4, mean 4.2". */
function picturesEach({ min, max, median, mean }: PerIdentity): string {
  if (min === max) return `${count(min)} each`;
  return `${count(min)} to ${count(max)}, median ${count(median)}, mean ${fixed(mean, 1)}`;
}

function factsOf({
  images,
  used,
  identities,
  bytes: size,
  perIdentity,
  unreadable,
  duplicates,
  formats,
  sizes,
  otherSizes,
}: SurveyResult): [string, string][] {
  const usable = `${count(used)} can be used`;
  const sizesSeen = [
    ...sizes.map(({ size: name, pictures }) => `${count(pictures)} of ${name.replace('x', ' × ')}`),
    ...(otherSizes > 0 ? [`${count(otherSizes)} of others`] : []),
  ];
  return [
    ['Pictures', used < images ? `${count(images)}, of which ${usable}` : count(images)],
    ['People', count(identities)],
    ['Size of the pictures', bytes(size)],
    ...(perIdentity ? [picturesEachRow(perIdentity)] : []),
    ['Duplicates', count(duplicates.pictures)],
    ['Not readable', count(unreadable)],
    [
      'Formats',
      namedFormats(formats)
        .map(([name, pictures]) => `${count(pictures)} ${name}`)
        .join(', ') || 'none',
    ],
    ['Sizes', sizesSeen.join(', ') || 'none'],
  ];
}
