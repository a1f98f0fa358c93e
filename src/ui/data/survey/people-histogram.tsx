import { Table, VisuallyHidden } from '@mantine/core';
import { useMemo } from 'react';
import type { PerIdentity } from '../../../faces/survey/source-survey';
import { ChartCard } from '../../charts/chart-card';
import { Plot } from '../../charts/plot';
import type { PlotData, PlotLayout } from '../../charts/plot-layout';
import { count } from '../../components/format';

const TITLE = 'People by how many pictures they have';
const HEIGHT = 180;
const COLOUR = 'var(--mantine-color-indigo-5)';

/** A histogram of people by their number of pictures, with a table for screen readers. */
export function PeopleHistogram({ perIdentity }: { perIdentity: PerIdentity }) {
  const bins = useMemo(
    () =>
      perIdentity.histogram.map(({ from, to, identities }) => ({
        pictures: from === to ? count(from) : `${count(from)}–${count(to)}`,
        identities,
      })),
    [perIdentity],
  );
  const [layout, data] = useMemo((): [PlotLayout, PlotData] => {
    const places = bins.map((_, bin) => bin);
    return [
      {
        x: {
          name: 'pictures:',
          ends: () => [-0.5, bins.length - 0.5],
          ticks: places,
          tick: (place) => bins[place]?.pictures ?? '',
          inFull: (place) => bins[place]!.pictures,
        },
        y: {
          name: 'people',
          isWhole: true,
          bounds: [0, Infinity],
          ends: (_, most) => [0, 1.05 * most],
          tick: count,
          inFull: count,
        },
        series: [{ name: 'people', kind: 'bars', colour: COLOUR }],
      },
      [places, bins.map(({ identities }) => identities)],
    ];
  }, [bins]);
  return (
    <div data-testid="histogram">
      <ChartCard title={TITLE} legend={[{ name: 'people', colour: COLOUR }]} height={HEIGHT}>
        <Plot label={TITLE} layout={layout} data={data} height={HEIGHT} />
      </ChartCard>
      <VisuallyHidden>
        <Table>
          <Table.Caption>{TITLE}</Table.Caption>
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
