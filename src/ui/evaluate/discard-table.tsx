import { Table } from '@mantine/core';
import type { ShownDiscard } from '../../evaluation/discard/discard-curves';
import { WideTable } from '../components/wide-table';

/** The figures of every quality's curve. */
export function DiscardTable({ shown: { heads, curves } }: { shown: ShownDiscard }) {
  if (curves.length === 0) return null;
  return (
    <WideTable label="Error against discard, as a table" minWidth={360}>
      <Table
        fz="xs"
        verticalSpacing={2}
        aria-label="Error against discard"
        style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
      >
        <Table.Thead>
          <Table.Tr>
            {['Quality', ...heads].map((name) => (
              <Table.Th key={name} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {curves.map(({ quality, cells }) => (
            <Table.Tr key={quality}>
              <Table.Th scope="row" fw={500}>
                {quality}
              </Table.Th>
              {cells.map((cell, i) => (
                <Table.Td key={heads[i]}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}
