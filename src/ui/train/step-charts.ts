import type { RunConfig } from '../../training/config/run-config';
import type { StepChartProps } from '../charts/step-chart';
import { bytes } from '../components/format';

/** The charts that show whether the run learns. */
export const mainCharts = (symbol: string): readonly StepChartProps[] => [
  {
    title: 'Loss',
    curves: [{ key: 'loss', name: 'loss', colour: 'var(--mantine-color-indigo-6)' }],
  },
  {
    title: `${symbol}, mean of the batch`,
    curves: [{ key: 'kappaMean', name: symbol, colour: 'var(--mantine-color-indigo-6)' }],
    band: ['kappaLow', 'kappaHigh', '5–95 % of the batch'],
  },
];

/** The names of a loss's two parts. The pairwise losses have no parts. */
const lossParts: Readonly<Partial<Record<RunConfig['method'], readonly [string, string]>>> = {
  scf: ['−κ cos θ', 'log I(κ) − v log κ'],
  'scf-g': ['(1 − cos θ)/σ²', '(d/2) log σ²'],
};

/** The other charts. */
export function otherCharts(method: RunConfig['method']): readonly StepChartProps[] {
  const names = lossParts[method];
  const partsCharts: StepChartProps[] = names
    ? [
        {
          title: 'The loss’s parts',
          curves: [
            { key: 'lossAlignment', name: names[0], colour: 'var(--mantine-color-teal-6)' },
            {
              key: 'lossNormalizer',
              name: names[1],
              colour: 'var(--mantine-color-orange-6)',
              dash: '6 3',
            },
            {
              key: 'lossConstant',
              name: 'constant',
              colour: 'var(--mantine-color-gray-6)',
              dash: '2 3',
            },
          ],
        },
      ]
    : [];
  return [...partsCharts, ...commonCharts];
}

const commonCharts: readonly StepChartProps[] = [
  {
    title: 'cos θ to the class centre',
    bounds: [-1, 1],
    curves: [{ key: 'cosThetaMean', name: 'cos θ, mean', colour: 'var(--mantine-color-teal-6)' }],
  },
  {
    title: 'Learning rate',
    curves: [
      { key: 'learningRate', name: 'learning rate', colour: 'var(--mantine-color-grape-6)' },
    ],
  },
  {
    title: 'Images a second through the head',
    curves: [{ key: 'imagesPerSecond', name: 'images/s', colour: 'var(--mantine-color-orange-6)' }],
  },
  {
    title: 'Bytes held by the backend',
    curves: [{ key: 'bytesAllocated', name: 'bytes', colour: 'var(--mantine-color-gray-6)' }],
    tick: bytes,
  },
];
