import { useMemo } from 'react';
import type { PerIdentity } from '../../../faces/survey/source-survey';
import { BarChart } from '../../charts/kit/bar-chart';
import { count } from '../../components/format';

/** A histogram of people by their number of pictures. */
export function PeopleHistogram({ perIdentity }: { perIdentity: PerIdentity }) {
  const bars = useMemo(
    () =>
      perIdentity.histogram.map(({ from, to, identities }) => ({
        label: from === to ? count(from) : `${count(from)}–${count(to)}`,
        value: identities,
      })),
    [perIdentity],
  );
  return (
    <div data-testid="histogram">
      <BarChart
        title="People by how many pictures they have"
        bars={bars}
        xTitle="pictures of a person"
        y={{ title: 'people', isWhole: true, bounds: [0, Infinity], tick: count, inFull: count }}
        height={240}
      />
    </div>
  );
}
