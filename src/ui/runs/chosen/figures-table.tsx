import { Table, UnstyledButton } from '@mantine/core';
import { confidenceSymbols } from '../../../confidence/methods';
import type { RunSummary } from '../../../runs/run-manifest';
import type { KeptCurves } from '../../../studio/protocol/runs';
import { count, fixed } from '../../components/format';
import { keptRuns } from '../commands';
import { figuresAt } from './figures-at';
import { WideTable } from '../../components/wide-table';

/** A run on show, with its curves. */
export interface RunOnShow {
  readonly run: RunSummary;
  /** null until they have been read. */
  readonly kept: KeptCurves | null;
}

/** The figures of the runs on show, each at its last step up to a step. */
export function FiguresTable({
  runs,
  chosenId,
  upToStep,
}: {
  runs: readonly RunOnShow[];
  chosenId: string;
  upToStep: number | null;
}) {
  return (
    <WideTable label="Figures of the runs" minWidth={460}>
      <Table
        data-testid="figures"
        verticalSpacing={4}
        fz="sm"
        style={{ fontVariantNumeric: 'tabular-nums' }}
      >
        <Table.Thead>
          <Table.Tr>
            {['Run', 'Step', 'Epoch', 'Loss', 'Confidence, mean', 'ρ'].map((title) => (
              <Table.Th key={title} scope="col">
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map(({ run, kept }) => {
            const at = kept && figuresAt(kept, upToStep);
            return (
              <Table.Tr key={run.id}>
                <Table.Th scope="row" fw={run.id === chosenId ? 700 : 400}>
                  <UnstyledButton
                    fz="sm"
                    fw="inherit"
                    aria-pressed={run.id === chosenId}
                    title="Bring it to the front"
                    onClick={() => void keptRuns.choose(run.id)}
                  >
                    {run.name}
                  </UnstyledButton>
                </Table.Th>
                <Table.Td>{at ? count(at.step) : '–'}</Table.Td>
                <Table.Td>
                  {at ? at.epoch : '–'}/{run.config.epochs}
                </Table.Td>
                <Table.Td>{fixed(at?.loss, 3)}</Table.Td>
                <Table.Td>
                  {confidenceSymbols[run.config.method]} {fixed(at?.kappaMean, 0)}
                </Table.Td>
                <Table.Td>{fixed(at?.spearman, 3)}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}
