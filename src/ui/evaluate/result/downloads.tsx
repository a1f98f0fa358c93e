import { Button, Group } from '@mantine/core';
import {
  resultsCsv,
  resultsLatex,
  resultsMarkdown,
  type ResultRow,
} from '../../../evaluation/results-table';
import type { EvaluationResult } from '../../../inference/evaluation/evaluate';
import { reportEvaluation } from '../../../runs/report/evaluation-report';
import { download } from '../../components/download';

/** Saves a result in one of its forms. */
export function Downloads({
  result,
  rows,
}: {
  result: EvaluationResult;
  rows: readonly ResultRow[];
}) {
  const name = `evaluation-${result.data.replace(/[^\w.-]+/g, '-')}-${result.seed}`;
  const forms = [
    ['CSV', 'csv', () => resultsCsv(rows)],
    ['Markdown', 'md', () => resultsMarkdown(rows)],
    ['LaTeX', 'tex', () => resultsLatex(rows)],
    ['report (HTML)', 'html', () => reportEvaluation(result, Date.now())],
    ['everything (JSON)', 'json', () => JSON.stringify(result)],
  ] as const;
  return <DownloadButtons label="Download the result" name={name} forms={forms} />;
}

/** One button for each form that a result is saved in. */
export function DownloadButtons({
  label: groupLabel,
  name,
  forms,
}: {
  readonly label: string;
  /** Of the file, without its ending. */
  readonly name: string;
  /** What the button says, the ending of the file's name, and its text. */
  readonly forms: readonly (readonly [string, string, () => string | Promise<string>])[];
}) {
  return (
    <Group gap="xs" role="group" aria-label={groupLabel}>
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
