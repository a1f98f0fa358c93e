import { Table, VisuallyHidden } from '@mantine/core';
import { Bar, BarChart, CartesianGrid, Tooltip, XAxis, YAxis } from 'recharts';
import type { PerIdentity } from '../../faces/source-survey';
import { axis, ChartCard, tooltipStyle } from '../charts';
import { count } from '../figures';

/** How many people have how many pictures, as bars; as a table for those who can't see them. */
export function PeopleHistogram({ perIdentity }: { perIdentity: PerIdentity }) {
  const bins = perIdentity.histogram.map(({ from, to, identities }) => ({ pictures: from === to ? count(from) : `${count(from)}–${count(to)}`, identities }));
  return (
    <div data-testid="histogram">
      <ChartCard title="People by how many pictures they have" legend={[{ name: 'people', colour: 'var(--mantine-color-indigo-5)' }]} height={180}>
        <BarChart data={bins} margin={{ left: 0, right: 8, top: 4 }} accessibilityLayer={false} aria-hidden>
          <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" vertical={false} />
          <XAxis dataKey="pictures" {...axis} />
          <YAxis width={58} allowDecimals={false} tickFormatter={(value: number) => count(value)} {...axis} />
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: 'var(--mantine-color-default-hover)' }}
            contentStyle={tooltipStyle}
            labelFormatter={(label) => `${label} pictures`}
            formatter={(value) => [count(Number(value)), 'people']}
          />
          <Bar dataKey="identities" name="people" fill="var(--mantine-color-indigo-5)" isAnimationActive={false} />
        </BarChart>
      </ChartCard>
      <VisuallyHidden>
        <Table>
          <Table.Caption>People by how many pictures they have</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Pictures</Table.Th>
              <Table.Th>People</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {bins.map(({ pictures, identities }) => (
              <Table.Tr key={pictures}>
                <Table.Th scope="row">{pictures}</Table.Th>
                <Table.Td>{count(identities)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </VisuallyHidden>
    </div>
  );
}
