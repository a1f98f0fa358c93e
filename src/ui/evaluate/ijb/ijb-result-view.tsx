import { List, Stack, Table, Text } from '@mantine/core';
import { methodTitles } from '../../../confidence/methods';
import { PAPER_TABLE } from '../../../evaluation/paper-table';
import { resultsCsv, resultsLatex, resultsMarkdown } from '../../../evaluation/results-table';
import { percentText, tableNotes } from '../../../evaluation/statistics/result-cell';
import type { IjbResult } from '../../../inference/evaluation/ijb/evaluate-ijb';
import { leftOutNotes } from '../../../inference/evaluation/ijb/ijb-notes';
import { ijbRows } from '../../../inference/evaluation/ijb/ijb-rows';
import { describeLostPicture } from '../../../inference/locate-pictures';
import { count, counted } from '../../components/format';
import { WideTable } from '../../components/wide-table';
import { Term } from '../../words/term';
import { Folded } from '../folded';
import { DownloadButtons } from '../result/downloads';
import { farText, foldedSentence } from '../result/heat';
import { HeatTable } from '../result/heat-table';
import { ijbFigure, ratesAsProtocols } from './ijb-heat';

/** Lost pictures that are listed with their reasons; further ones are only counted. */
const MAX_LISTED = 5;

/** The result of a release: TAR at each FAR with its interval, and the paper's beside it. */
export function IjbResultView({ result }: { result: IjbResult }) {
  const rows = ijbRows(result);
  const folded = foldedSentence(rows);
  return (
    <Stack gap="md" aria-live="polite" data-testid="ijb-result">
      <Text size="sm" maw="80ch">
        {summary(result)}
      </Text>
      <div>
        <Text size="sm" c="dimmed" mb="xs" maw="70ch">
          <Term name="tar">TAR</Term>: of the pairs that show one person, the share that is
          accepted, where no more of the pairs of two people are than the column’s{' '}
          <Term name="far">FAR</Term>. Below each: its <Term name="interval">95 % interval</Term>.
        </Text>
        <HeatTable rows={ratesAsProtocols(rows)} figure={ijbFigure(result.data)} />
        {folded && (
          <Text size="sm" c="dimmed" mt="xs">
            {folded}
          </Text>
        )}
      </div>
      <Downloads result={result} />
      <Folded title="What the paper reports">
        <PaperTable />
      </Folded>
      <Folded title="How to read the figures">
        <Text size="sm" maw="80ch">
          {tableNotes(rows, 'A ring').join(' ')}
        </Text>
      </Folded>
      <LeftOut result={result} />
    </Stack>
  );
}

function summary({ data, pictures, templates, pairs, lost, lostTemplates }: IjbResult): string {
  const gone = lost.length > 0 ? `${counted(lost.length, 'picture')} lost` : 'no picture lost';
  const templatesGone =
    lostTemplates.length > 0 ? ` and with them ${counted(lostTemplates.length, 'template')}` : '';
  return (
    `${data}: ${counted(pictures, 'picture')}, ${counted(templates, 'template')}, ` +
    `${counted(pairs, 'pair')}; ${gone}${templatesGone}.`
  );
}

function PaperTable() {
  const fars = ['0.00001', '0.0001'] as const;
  return (
    <WideTable label="TAR that the paper reports" minWidth={420}>
      <Table verticalSpacing={4} aria-label="TAR that the paper reports" maw={620}>
        <Table.Thead>
          <Table.Tr>
            {[
              'Set and backbone',
              'Method',
              ...fars.map((far) => `FAR ${farText(Number(far))}`),
            ].map((name) => (
              <Table.Th key={name} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {PAPER_TABLE.map(({ set, backbone, method, tarAtFar }) => (
            <Table.Tr key={`${set} ${backbone} ${method}`}>
              <Table.Th scope="row" fw={400}>
                {set}, {backbone}
              </Table.Th>
              <Table.Td>{methodTitles[method]}</Table.Td>
              {fars.map((far) => (
                <Table.Td key={far}>{percentText(tarAtFar[far])}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed">
        Other backbones than the studio’s; means of six runs.
      </Text>
    </WideTable>
  );
}

function Downloads({ result }: { result: IjbResult }) {
  const name = `ijb-${result.data.replace(/[^\w.-]+/g, '-')}`;
  const rows = ijbRows(result);
  const forms = [
    ['CSV', 'csv', () => resultsCsv(rows)],
    ['Markdown', 'md', () => resultsMarkdown(rows)],
    ['LaTeX', 'tex', () => resultsLatex(rows)],
    ['everything (JSON)', 'json', () => JSON.stringify(result)],
  ] as const;
  return <DownloadButtons label="Download the result of the release" name={name} forms={forms} />;
}

/** What was evaluated otherwise than the release's lists say. */
function LeftOut({ result }: { result: IjbResult }) {
  const { lost, foundAnew } = result;
  const notes = [
    ...(foundAnew.length > 0
      ? [
          `The points of ${counted(foundAnew.length, 'picture')} can’t be a face’s: the detector ` +
            'found the faces.',
        ]
      : []),
    ...leftOutNotes(result),
    ...lost.slice(0, MAX_LISTED).map((loss) => `Lost: ${describeLostPicture(loss)}`),
    ...(lost.length > MAX_LISTED ? [`and ${count(lost.length - MAX_LISTED)} more`] : []),
  ];
  if (notes.length === 0) return null;
  return (
    <List size="sm" style={{ overflowWrap: 'anywhere' }} aria-label="What was left out">
      {notes.map((note) => (
        <List.Item key={note}>{note}</List.Item>
      ))}
    </List>
  );
}
