import { Table } from '@mantine/core';
import type { TermName } from '../words/glossary';
import { Term } from '../words/term';

interface FactTableProps {
  readonly rows: readonly (readonly [name: string, value: string])[];
  /** The names that explain themselves. */
  readonly terms?: Readonly<Record<string, TermName>>;
  readonly testId?: string;
}

/** A table with a row for each fact: name and value. */
export const FactTable = ({ rows, terms = {}, testId }: FactTableProps) => (
  <Table
    data-testid={testId}
    verticalSpacing={5}
    horizontalSpacing={0}
    maw="44rem"
    style={{ fontVariantNumeric: 'tabular-nums' }}
  >
    <Table.Tbody>
      {rows.map(([name, value]) => (
        <Table.Tr key={name} style={{ borderColor: 'var(--scf-rule)' }}>
          <Table.Th scope="row" w="40%" fw={400} c="dimmed" pe="md">
            {terms[name] ? <Term name={terms[name]}>{name}</Term> : name}
          </Table.Th>
          <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
);
