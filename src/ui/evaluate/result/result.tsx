import { Alert, Group, List, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { tableNotes } from '../../../evaluation/statistics/result-cell';
import { alignmentWarning } from '../../../inference/align/alignment';
import type { EvaluationResult } from '../../../inference/evaluation/evaluate';
import { evaluationRows } from '../../../inference/evaluation/evaluation-rows';
import { describeLostPicture } from '../../../inference/locate-pictures';
import { count, counted } from '../../components/format';
import { DiscardChart } from '../discard-chart';
import { Folded } from '../folded';
import { RocChart } from '../roc-chart';
import { Downloads } from './downloads';
import { FigureTable } from './figure-table';
import { firstFigure, foldedSentence, heatFigures, protocolTitle } from './heat';
import { HeatTable } from './heat-table';
import { FigureMeaning } from './heat-words';

/** Lost pictures that are listed with their reasons; further ones are only counted. */
const MAX_LISTED_LOSSES = 5;

/** A result: the heat table, what may be doubted, the curves of one protocol, and its files. */
export function Result({ result }: { result: EvaluationResult }) {
  const rows = evaluationRows(result);
  const figures = heatFigures(rows);
  const [chosen, setChosen] = useState(() => firstFigure(figures, rows));
  const figure = figures.find(({ name }) => name === chosen) ?? figures[0];
  const folded = foldedSentence(rows);
  return (
    <Stack gap="md">
      <About result={result} />
      {figure && (
        <div>
          <Group gap="md" mb={4}>
            <Choice
              label="Figure on show"
              value={figure.name}
              options={figures.map(({ name, title }) => ({ value: name, label: title }))}
              onChange={setChosen}
            />
          </Group>
          <Text size="sm" c="dimmed" mb="xs" maw="70ch">
            <FigureMeaning figure={figure} />
          </Text>
          <HeatTable rows={rows} figure={figure} />
          {folded && (
            <Text size="sm" c="dimmed" mt="xs" data-testid="not-measured">
              {folded}
            </Text>
          )}
        </div>
      )}
      <Downloads result={result} rows={rows} />
      <Folded title="All figures in one table">
        <FigureTable rows={rows} />
      </Folded>
      <Folded title="How to read the figures">
        <Text size="sm" maw="80ch">
          Accuracy is the mean over folds, each at the threshold that is best on the others. TAR at
          a FAR is the share of genuine pairs accepted at a threshold that accepts no more than that
          share of impostor pairs. {tableNotes(rows, 'Bold in the table of all figures').join(' ')}
        </Text>
      </Folded>
      <Curves result={result} />
      <Lost result={result} />
    </Stack>
  );
}

/** What was read, and what may be doubted about it. */
function About({ result }: { result: EvaluationResult }) {
  const { data, pictures, lost, severalFaces, turned, alignment, complete, seed } = result;
  const warning = alignmentWarning(alignment);
  const undetected = lost.filter(({ what }) => what === 'undetected').length;
  return (
    <Stack gap="xs">
      {!complete && (
        <Alert color="yellow" data-testid="evaluation-partial">
          The evaluation was stopped: the figures cover only the pairs whose pictures had been read,
          which may differ from the others.
        </Alert>
      )}
      {result.notices?.map((notice) => (
        <Alert key={notice} color="yellow" data-testid="evaluation-notice">
          {notice}
        </Alert>
      ))}
      {warning && (
        <Alert
          color="orange"
          title="These pictures need aligning"
          data-testid="evaluation-unaligned"
        >
          {warning}{' '}
          {alignment!.remedy === 'always'
            ? 'Check “Align pictures of 112 × 112 too”'
            : 'Uncheck “The pictures are aligned crops”'}{' '}
          above, and evaluate again.
        </Alert>
      )}
      <Text size="sm" maw="80ch">
        {data.replace(/^the /, 'The ')}: {counted(pictures, 'picture')},{' '}
        {lost.length === 0
          ? 'all read'
          : `${count(undetected)} without a face, ` +
            `${count(lost.length - undetected)} missing or unreadable`}
        {severalFaces > 0 &&
          `, ${count(severalFaces)} with several faces, of which the main one was used`}
        {turned > 0 && `, ${count(turned)} turned upright by quarter turns`}. Seed {seed}.
      </Text>
      {result.notes && result.notes.length > 0 && (
        <List size="sm" c="dimmed" aria-label="About these pairs">
          {result.notes.map((note) => (
            <List.Item key={note}>{note}</List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

/** The protocol on which cosine errs most: methods differ more there than on clean pairs. */
function hardest(protocols: EvaluationResult['protocols']): number {
  const aucs = protocols.map(({ report }) => report.methods.cosine?.auc ?? 1);
  return aucs.indexOf(Math.min(...aucs));
}

/** The curves of one protocol at a time. */
function Curves({ result: { protocols } }: { result: EvaluationResult }) {
  const [shown, setShown] = useState(() => hardest(protocols));
  const protocol = protocols[Math.min(shown, protocols.length - 1)]!;
  return (
    <Stack gap="xs">
      {protocols.length > 1 && (
        <Choice
          label="Protocol on show"
          value={String(shown)}
          options={protocols.map(({ name }, i) => ({
            value: String(i),
            label: protocolTitle(name),
          }))}
          onChange={(value) => setShown(Number(value))}
        />
      )}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
        <RocChart report={protocol.report} />
        <DiscardChart report={protocol.report.discard} draws={protocol.report.draws} />
      </SimpleGrid>
    </Stack>
  );
}

/** One of several, side by side; where there is too little room, they scroll. */
const Choice = ({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: readonly { readonly value: string; readonly label: string }[];
  onChange: (value: string) => void;
}) => (
  <SegmentedControl
    size="sm"
    aria-label={label}
    value={value}
    onChange={onChange}
    data={[...options]}
    style={{ alignSelf: 'flex-start', maxWidth: '100%', overflowX: 'auto' }}
  />
);

function Lost({ result: { lost } }: { result: EvaluationResult }) {
  if (lost.length === 0) return null;
  return (
    <List size="sm" style={{ overflowWrap: 'anywhere' }} aria-label="Lost pictures">
      {lost.slice(0, MAX_LISTED_LOSSES).map((loss) => (
        <List.Item key={loss.picture}>{describeLostPicture(loss)}</List.Item>
      ))}
      {lost.length > MAX_LISTED_LOSSES && (
        <List.Item>and {count(lost.length - MAX_LISTED_LOSSES)} more</List.Item>
      )}
    </List>
  );
}
