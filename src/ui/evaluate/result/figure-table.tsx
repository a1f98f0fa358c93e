import { Table } from '@mantine/core';
import {
  pairsCell,
  resultCell,
  resultColumns,
  type ResultRow,
} from '../../../evaluation/results-table';
import { unmeasuredColumns } from '../../../evaluation/statistics/result-cell';
import { WideTable } from '../../components/wide-table';

/** Every figure that could be measured, with its interval: a row for each protocol and method. */
export function FigureTable({ rows }: { rows: readonly ResultRow[] }) {
  const left = unmeasuredColumns(rows);
  const columns = resultColumns(rows).filter((column) => !left.includes(column));
  return (
    <WideTable label="All figures, as a table" minWidth={640}>
      <Table
        verticalSpacing={4}
        fz="sm"
        aria-label="All figures"
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
