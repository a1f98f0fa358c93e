import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

interface WideTableProps {
  /** What the table shows. */
  readonly label: string;
  /** Pixels; where there are fewer, the table scrolls. */
  readonly minWidth: number;
  readonly children: ReactNode;
}

/** A table that scrolls where it is too wide, by keys too: nothing in it takes the focus. */
export const WideTable = ({ label, minWidth, children }: WideTableProps) => (
  <Table.ScrollContainer
    minWidth={minWidth}
    type="native"
    tabIndex={0}
    role="region"
    aria-label={label}
  >
    {children}
  </Table.ScrollContainer>
);
