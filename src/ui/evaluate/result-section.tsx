import {
  Alert,
  Button,
  Group,
  List,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Table,
  Text,
} from '@mantine/core';
import { useState } from 'react';
import {
  pairsCell,
  resultCell,
  resultColumns,
  resultsCsv,
  resultsLatex,
  resultsMarkdown,
  type ResultRow,
} from '../../evaluation/results-table';
import {
  tableNotes,
  unmeasuredColumns,
  unmeasuredSentence,
} from '../../evaluation/statistics/result-cell';
import { alignmentWarning } from '../../inference/align/alignment';
import type { EvaluationResult } from '../../inference/evaluation/evaluate';
import { evaluationRows } from '../../inference/evaluation/evaluation-rows';
import { describeLostPicture } from '../../inference/locate-pictures';
import { reportEvaluation } from '../../runs/report/evaluation-report';
import { download } from '../components/download';
import { count, counted } from '../components/format';
import { Section } from '../components/section';
import { useStudio } from '../shell/use-studio';
import { DiscardChart } from './discard-chart';
import { RocChart } from './roc-chart';
import { WideTable } from '../components/wide-table';

/** Lost pictures that are listed with their reasons; further ones are only counted. */
const MAX_LISTED_LOSSES = 5;

/** The results of the last evaluation: the table, and the curves of one protocol. */
export function ResultSection() {
  const result = useStudio((state) => state.evaluation);
  return (
    <Section title="Methods and protocols" testId="evaluation-result">
      <div aria-live="polite">
        {result ? (
          <Result result={result} />
        ) : (
          <Text size="sm" c="dimmed">
            Nothing has been evaluated yet. Accuracy, true accepts at fixed false accept rates, and
            error against discard of every method will appear here, and stay until the next
            evaluation.
          </Text>
        )}
      </div>
    </Section>
  );
}

function Result({ result }: { result: EvaluationResult }) {
  const { data, pictures, lost, severalFaces, turned, alignment, protocols, complete, seed } =
    result;
  const [shown, setShown] = useState(0);
  const rows = evaluationRows(result);
  const warning = alignmentWarning(alignment);
  const protocol = protocols[Math.min(shown, protocols.length - 1)]!;
  const undetected = lost.filter(({ what }) => what === 'undetected').length;
  return (
    <Stack gap="sm">
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
      <Text size="sm">
        {data}: {counted(pictures, 'picture')}, {count(undetected)} without a face,{' '}
        {count(lost.length - undetected)} missing or unreadable
        {severalFaces > 0 &&
          `, ${count(severalFaces)} with several faces, of which the main one was used`}
        {turned > 0 && `, ${count(turned)} turned upright by quarter turns`}. Seed {seed}.
      </Text>
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
      <ResultTable rows={rows} />
      <Text size="xs" c="dimmed">
        Accuracy is the mean over folds, each at the threshold that is best on the others. TAR@FAR
        is the share of genuine pairs accepted at a threshold that accepts no more than that share
        of impostor pairs. {[...tableNotes(rows, 'Bold'), unmeasuredSentence(rows)].join(' ')}
      </Text>
      <Downloads result={result} rows={rows} />
      {protocols.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label="Protocol on show"
          value={String(shown)}
          onChange={(value) => setShown(Number(value))}
          data={protocols.map(({ name }, i) => ({ value: String(i), label: name }))}
          style={{ alignSelf: 'flex-start', maxWidth: '100%', overflowX: 'auto' }}
        />
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <RocChart report={protocol.report} />
        <DiscardChart report={protocol.report.discard} draws={protocol.report.draws} />
      </SimpleGrid>
      {lost.length > 0 && (
        <List size="xs" style={{ overflowWrap: 'anywhere' }} aria-label="Lost pictures">
          {lost.slice(0, MAX_LISTED_LOSSES).map((loss) => (
            <List.Item key={loss.picture}>{describeLostPicture(loss)}</List.Item>
          ))}
          {lost.length > MAX_LISTED_LOSSES && (
            <List.Item>and {count(lost.length - MAX_LISTED_LOSSES)} more</List.Item>
          )}
        </List>
      )}
    </Stack>
  );
}

function ResultTable({ rows }: { rows: readonly ResultRow[] }) {
  const left = unmeasuredColumns(rows);
  const columns = resultColumns(rows).filter((column) => !left.includes(column));
  return (
    <WideTable label="Methods and protocols, as a table" minWidth={640}>
      <Table
        verticalSpacing={4}
        aria-label="Methods and protocols"
        style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
      >
        <Table.Thead>
          <Table.Tr>
            {['Protocol', 'Method', 'Pairs', ...columns, 'Head'].map((name) => (
              <Table.Th key={name} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.protocol} ${row.method}`}>
              <Table.Td>{row.protocol}</Table.Td>
              <Table.Th scope="row" fw={500}>
                {row.method}
              </Table.Th>
              <Table.Td>{pairsCell(row)}</Table.Td>
              {columns.map((column) => (
                <Table.Td
                  key={column}
                  c={typeof row.cells[column]?.value === 'number' ? undefined : 'dimmed'}
                  fw={row.cells[column]?.isBetter ? 700 : undefined}
                >
                  {resultCell(row.cells[column])}
                </Table.Td>
              ))}
              <Table.Td>{row.head}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}

function Downloads({ result, rows }: { result: EvaluationResult; rows: readonly ResultRow[] }) {
  const name = `evaluation-${result.data.replace(/[^\w.-]+/g, '-')}-${result.seed}`;
  const forms = [
    ['CSV', 'csv', () => resultsCsv(rows)],
    ['Markdown', 'md', () => resultsMarkdown(rows)],
    ['LaTeX', 'tex', () => resultsLatex(rows)],
    ['report (HTML)', 'html', () => reportEvaluation(result, Date.now())],
    ['everything (JSON)', 'json', () => JSON.stringify(result)],
  ] as const;
  return (
    <Group gap="xs">
      {forms.map(([label, ending, make]) => (
        <Button
          key={ending}
          size="compact-sm"
          variant="default"
          onClick={() =>
            void Promise.resolve(make()).then((text) => download(`${name}.${ending}`, text))
          }
        >
          Download {label}
        </Button>
      ))}
    </Group>
  );
}
