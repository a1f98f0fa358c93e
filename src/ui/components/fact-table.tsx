import { Table } from '@mantine/core';

/** A table with a row for each fact: name and value. */
export function FactTable({
  rows,
  testId,
}: {
  rows: readonly (readonly [string, string])[];
  testId?: string;
}) {
  return (
    <Table data-testid={testId} verticalSpacing={4} style={{ fontVariantNumeric: 'tabular-nums' }}>
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w="40%" fw={500}>
              {name}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
