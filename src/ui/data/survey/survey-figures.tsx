import { Alert, List, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { denseSentence } from '../../../faces/survey/label-fit';
import { namedFormats } from '../../../faces/decode/formats/picture-formats';
import type { PerIdentity, SurveyResult } from '../../../faces/survey/source-survey';
import { totalOf, usedSentence } from '../../../faces/survey/left-out';
import { bytes, count, counted } from '../../components/format';
import { FactTable } from '../../components/fact-table';
import { LeftOutList } from '../../components/left-out-list';
import { ClassesCheck } from './classes-check';
import { SourceNotes } from '../sources/source-notes';
import { PeopleHistogram } from './people-histogram';

interface SurveyFiguresProps {
  readonly survey: SurveyResult;
  readonly complete: boolean;
  /** How the source was read. */
  readonly notes: readonly string[];
}

/** What a survey counted. */
export function SurveyFigures({ survey, complete, notes }: SurveyFiguresProps) {
  const { perIdentity, labels, duplicates } = survey;
  return (
    <Stack gap="sm" data-testid="survey-figures">
      {!complete && (
        <Alert color="yellow" data-testid="survey-partial">
          It was stopped: this covers only the first {counted(survey.images, 'record')}. A part says
          nothing of how many people the whole holds, nor of gaps in its labels.
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
        title={`Pictures that are another, byte for byte: ${count(duplicates.pictures)}`}
        items={duplicates.examples.map(({ key, sameAs }) => `${key} is ${sameAs}`)}
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

/** "2 each"; "1 to 9, median 4, mean 4.2". */
function picturesEach({ min, max, median, mean }: PerIdentity): string {
  if (min === max) return `${count(min)} each`;
  return `${count(min)} to ${count(max)}, median ${count(median)}, mean ${mean.toFixed(1)}`;
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
  const sizesSeen = [
    ...sizes.map(({ size: name, pictures }) => `${count(pictures)} of ${name.replace('x', ' × ')}`),
    ...(otherSizes > 0 ? [`${count(otherSizes)} of others`] : []),
  ];
  return [
    ['Pictures', `${count(images)}${used < images ? `, of which ${count(used)} can be used` : ''}`],
    ['People', count(identities)],
    ['Size of the pictures', bytes(size)],
    ...(perIdentity
      ? ([['Pictures of one person', picturesEach(perIdentity)]] as [string, string][])
      : []),
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
