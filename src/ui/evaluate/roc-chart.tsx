import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { methodNames } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import { methodStyles } from '../../evaluation/curve-styles';
import type { PairReport } from '../../evaluation/pair-report';
import { SHARE } from '../charts/axis-ends';
import type { ChartAxis } from '../charts/kit/chart-axis';
import type { Curve } from '../charts/kit/curve';
import { LineChart } from '../charts/kit/line-chart';
import { count, counted, percent } from '../components/format';
import { themeColour } from '../charts/theme-colour';

/** ROC curves over the logarithm of FAR, with 95 % confidence bands. */
export function RocChart({ report }: { report: PairReport }) {
  const curves = useMemo(
    () =>
      methodNames.flatMap((name): Curve[] => {
        const roc = report.methods[name]?.roc ?? [];
        if (roc.length === 0) return [];
        const isBanded = roc.some(({ low }) => low !== undefined);
        return [
          {
            name: methodTitles[name],
            colour: themeColour(methodStyles[name].hue),
            dash: methodStyles[name].dash,
            x: roc.map(({ far }) => far),
            y: roc.map(({ tar }) => tar),
            ...(isBanded && {
              interval: {
                name: '95 %',
                low: roc.map(({ tar, low = tar }) => low),
                high: roc.map(({ tar, high = tar }) => high),
              },
            }),
          },
        ];
      }),
    [report],
  );
  if (curves.length === 0)
    return <Text size="sm">There is no ROC curve: it needs genuine and impostor pairs.</Text>;
  return (
    <div>
      <LineChart
        title="TAR against FAR"
        description="The share of true pairs accepted, for every share of false ones let through."
        x={FAR}
        y={tarAxis(curves)}
        curves={curves}
      />
      <Text size="xs" c="dimmed" mt={4}>
        Bands are 95 % intervals of the TAR at each FAR, over resampled {report.bootstrap.over}.
        {report.draws > 1 &&
          ` Curves are means over the ${count(report.draws)} draws of the degradations.`}{' '}
        Rates below one in {count(report.impostor)} can’t be measured on{' '}
        {counted(report.impostor, 'pair')} of two people.
      </Text>
    </div>
  );
}

const FAR: ChartAxis = {
  title: 'false accept rate (FAR)',
  name: 'FAR',
  isLogarithmic: true,
  bounds: SHARE,
  ends: (least) => [least, 1],
  tick: shareTick,
  inFull: (far) => far.toExponential(1),
};

/** A rate in per cent, with no more figures than it has: "0.001 %". */
function shareTick(share: number): string {
  return `${+(100 * share).toPrecision(3)} %`;
}

/** From a tenth below the lowest curve, and from 90 % at most, to 100 %. */
function tarAxis(curves: readonly Curve[]): ChartAxis {
  const lowest = Math.min(...curves.flatMap(({ y }) => Array.from(y, (tar) => tar ?? 1)));
  return {
    title: 'true accept rate (TAR)',
    name: 'TAR',
    bounds: SHARE,
    ends: () => [Math.min(0.9, Math.floor(10 * lowest) / 10), 1],
    tick: (tar) => percent(tar, 0),
    inFull: (tar) => percent(tar, 2),
  };
}
