import { confidenceSymbols } from '../../../confidence/methods';
import type { CurveName } from '../../../runs/curve-columns';
import { bytes } from '../../components/format';
import { themeColour } from '../theme-colour';
import type { DrawnRun, ValidationPoint } from './drawn-run';

/** A curve over steps. */
export interface Curve<Key> {
  readonly key: Key;
  readonly name: string;
  readonly colour: string;
  readonly dash?: string;
}

interface ChartBasis {
  readonly title: string;
  /** One line that says how to read it. */
  readonly description: string;
  /** Written along the vertical axis. */
  readonly axis: string;
  /** Formats a tick of the vertical axis; as a short number by default. */
  readonly tick?: (value: number) => string;
  /** The possible values. */
  readonly bounds?: readonly [number, number];
}

/** A chart of figures of each step. */
export interface StepFigures extends ChartBasis {
  readonly of: 'steps';
  readonly curves: readonly Curve<CurveName>[];
  /** Two quantiles, and the name of the band between them. */
  readonly band?: readonly [CurveName, CurveName, string];
  /** The figure is set, not measured: it isn't smoothed. */
  readonly isExact?: boolean;
}

/** A chart of figures of each validation. */
export interface ValidationFigures extends ChartBasis {
  readonly of: 'validations';
  readonly curves: readonly Curve<'loss' | 'spearman' | 'spearmanClean'>[];
}

export type ChartOverSteps = StepFigures | ValidationFigures;

type Method = DrawnRun['method'];

/** Different names of what the methods measure, as one. */
const joined = (names: readonly string[]): string => [...new Set(names)].join(' or ');

/** The charts that show whether runs of some methods learn. */
export function mainCharts(methods: readonly Method[]): readonly ChartOverSteps[] {
  const symbol = joined(methods.map((method) => confidenceSymbols[method]));
  return [
    {
      of: 'steps',
      title: 'Loss',
      description: 'How badly the head fits what it sees: it should fall, and may be negative.',
      axis: 'loss',
      curves: [{ key: 'loss', name: 'loss', colour: 'var(--scf-confidence)' }],
    },
    {
      of: 'steps',
      title: `${symbol}, mean of the batch`,
      description: 'How sure the head is of the pictures of each step, on average.',
      axis: symbol,
      curves: [{ key: 'kappaMean', name: symbol, colour: 'var(--scf-confidence)' }],
      band: ['kappaLow', 'kappaHigh', '5–95 % of the batch'],
    },
  ];
}

/** Charts of the validations, which read people that were never trained on. */
export function validationCharts(
  validations: readonly ValidationPoint[],
): readonly ChartOverSteps[] {
  if (validations.length === 0) return [];
  // Only pictures of known degradation can be told to be clean.
  const hasClean = validations.some(({ spearmanClean }) => spearmanClean !== null);
  return [
    {
      of: 'validations',
      title: 'Spearman’s ρ, people not trained on',
      description: 'Are surer pictures also closer to their person? 1: always. 0: no relation.',
      axis: 'ρ',
      bounds: [-1, 1],
      curves: [
        { key: 'spearman', name: 'all pictures', colour: 'var(--scf-confidence)' },
        ...(hasClean
          ? [
              {
                key: 'spearmanClean' as const,
                name: 'clean pictures',
                colour: themeColour('cyan'),
                dash: '6 3',
              },
            ]
          : []),
      ],
    },
    {
      of: 'validations',
      title: 'Loss, people not trained on',
      description: 'The loss on unseen people: while it falls, more training helps.',
      axis: 'loss',
      curves: [{ key: 'loss', name: 'loss', colour: 'var(--scf-confidence)' }],
    },
  ];
}

/** The names of a loss's two parts. The pairwise losses have no parts. */
const lossParts: Readonly<Partial<Record<Method, readonly [string, string]>>> = {
  scf: ['−κ cos θ', 'log I(κ) − v log κ'],
  'scf-g': ['(1 − cos θ)/σ²', '(d/2) log σ²'],
};

/** The other charts. */
export function otherCharts(methods: readonly Method[]): readonly ChartOverSteps[] {
  const names = methods.flatMap((method) => (lossParts[method] ? [lossParts[method]] : []));
  if (names.length === 0) return commonCharts;
  return [
    {
      of: 'steps',
      title: 'The loss’s parts',
      description: 'What pushes confidence up, and what holds it down.',
      axis: 'part of the loss',
      curves: [
        {
          key: 'lossAlignment',
          name: joined(names.map(([first]) => first)),
          colour: themeColour('indigo'),
        },
        {
          key: 'lossNormalizer',
          name: joined(names.map(([, second]) => second)),
          colour: themeColour('grape'),
          dash: '6 3',
        },
        {
          key: 'lossConstant',
          name: 'constant',
          colour: themeColour('gray'),
          dash: '2 3',
        },
      ],
    },
    ...commonCharts,
  ];
}

const commonCharts: readonly ChartOverSteps[] = [
  {
    of: 'steps',
    title: 'cos θ to the class centre',
    description: 'How close the pictures of each step are to their person’s centre.',
    axis: 'cos θ',
    bounds: [-1, 1],
    curves: [{ key: 'cosThetaMean', name: 'cos θ, mean', colour: themeColour('indigo') }],
  },
  {
    of: 'steps',
    title: 'Learning rate',
    description: 'How large each step of the training is.',
    axis: 'learning rate',
    isExact: true,
    curves: [{ key: 'learningRate', name: 'learning rate', colour: themeColour('grape') }],
  },
  {
    of: 'steps',
    title: 'Images a second through the head',
    description: 'How fast this machine trains.',
    axis: 'images/s',
    curves: [{ key: 'imagesPerSecond', name: 'images/s', colour: themeColour('gray') }],
  },
  {
    of: 'steps',
    title: 'Bytes held by the backend',
    description: 'Memory of the graphics device or of wasm.',
    axis: 'bytes',
    isExact: true,
    curves: [{ key: 'bytesAllocated', name: 'bytes', colour: themeColour('gray') }],
    tick: bytes,
  },
];

/** A chart for each curve, so that several runs can be told apart in it. */
export function oneCurveEach(chart: ChartOverSteps): readonly ChartOverSteps[] {
  if (chart.curves.length === 1) return [chart];
  const titled = ({ name }: { readonly name: string }) => `${chart.title}: ${name}`;
  return chart.of === 'steps'
    ? chart.curves.map((curve) => ({ ...chart, title: titled(curve), curves: [curve] }))
    : chart.curves.map((curve) => ({ ...chart, title: titled(curve), curves: [curve] }));
}
