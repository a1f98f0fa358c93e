import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { methodNames } from '../../confidence/confidence-method';
import { methodTitles } from '../../confidence/methods';
import { methodStyles } from '../../evaluation/curve-styles';
import type { PairReport } from '../../evaluation/pair-report';
import { SHARE } from '../charts/axis-ends';
import { ChartCard } from '../charts/chart-card';
import { Plot } from '../charts/plot';
import type { PlotData, PlotLayout } from '../charts/plot-layout';
import { count, counted, percent } from '../components/format';
import { themeColour } from './theme-colour';

const TITLE = 'TAR against FAR';
const HEIGHT = 260;

/** ROC curves over the logarithm of FAR, with 95 % confidence bands. */
export function RocChart({ report }: { report: PairReport }) {
  const methods = useMemo(
    () => methodNames.filter((name) => (report.methods[name]?.roc.length ?? 0) > 0),
    [report],
  );
  const [layout, data] = useMemo((): [PlotLayout, PlotData] => {
    const curves = methods.map((name) => ({
      name,
      colour: themeColour(methodStyles[name].hue),
      dash: methodStyles[name].dash,
      roc: report.methods[name]!.roc,
    }));
    const lowest = Math.min(...curves.flatMap(({ roc }) => roc.map(({ tar }) => tar)));
    const rates = curves[0]?.roc.map(({ far }) => far) ?? [];
    return [
      {
        x: {
          name: 'FAR',
          isLogarithmic: true,
          bounds: SHARE,
          ends: (least) => [least, 1],
          ticks: decades(rates[0] ?? 1),
          tick: (far) => far.toExponential(0),
          inFull: (far) => far.toExponential(1),
        },
        y: {
          name: 'TAR',
          size: 48,
          bounds: SHARE,
          ends: () => [Math.min(0.9, Math.floor(10 * lowest) / 10), 1],
          tick: (tar) => `${Math.round(100 * tar)} %`,
          inFull: (tar) => percent(tar, 2),
        },
        series: curves.flatMap(({ name, colour, dash }) => [
          { name: methodTitles[name], kind: 'line' as const, colour, dash, width: 1.8 },
          { name: 'low', kind: 'edge' as const, colour },
          { name: 'high', kind: 'edge' as const, colour },
        ]),
        bands: curves.map(({ name, colour }, i) => ({
          name: `${methodTitles[name]}, 95 %`,
          low: 3 * i + 1,
          high: 3 * i + 2,
          colour,
          opacity: 0.12,
        })),
      },
      [
        rates,
        ...curves.flatMap(({ roc }) => [
          roc.map(({ tar }) => tar),
          roc.map(({ tar, low }) => low ?? tar),
          roc.map(({ tar, high }) => high ?? tar),
        ]),
      ],
    ];
  }, [report, methods]);
  if (methods.length === 0)
    return <Text size="sm">There is no ROC curve: it needs genuine and impostor pairs.</Text>;
  return (
    <div>
      <ChartCard
        title={TITLE}
        height={HEIGHT}
        legend={methods.map((name) => ({
          name: methodTitles[name],
          colour: themeColour(methodStyles[name].hue),
        }))}
      >
        <Plot label={TITLE} layout={layout} data={data} height={HEIGHT} />
      </ChartCard>
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

/** The powers of ten from the lowest rate shown to 1. */
function decades(from: number): number[] {
  const first = Math.ceil(Math.log10(from) - 1e-9);
  return Array.from({ length: 1 - first }, (_, i) => 10 ** (first + i));
}
