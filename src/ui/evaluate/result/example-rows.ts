import type { ResultRow } from '../../../evaluation/results-table';

/*
 * An evaluation that has been made: both lists of LFW's View 1 with the studio's heads for
 * photographs, as docs/methods.md has it. Shown, dimmed, where there is no result yet.
 */

const protocols = ['clean', 'one degraded', 'both degraded'] as const;
const NAME = 'TAR@FAR 1e-2';

/** TAR at FAR 1 % and its interval for each protocol, in percent. */
const figures: readonly (readonly [
  method: string,
  ...(readonly [value: number, low: number, high: number, isBetter?: boolean])[],
])[] = [
  ['Cosine', [99.0, 98.38, 99.51], [75.92, 73.63, 78.29], [37.02, 31.16, 42.93]],
  ['SCF', [99.25, 98.68, 99.68], [79.56, 77.28, 82.29, true], [56.38, 54.18, 59.51, true]],
  ['PFE-G', [99.25, 98.71, 99.75], [80.6, 78.41, 82.72, true], [46.35, 43.33, 50.47, true]],
];

/** What the example shows. */
export const exampleFigure = { name: NAME, title: 'TAR at FAR 1 %', far: 1e-2 };

/** The rows of the example. */
export const exampleRows: readonly ResultRow[] = figures.flatMap(([method, ...cells]) =>
  cells.map(([value, low, high, isBetter = false], at): ResultRow => ({
    method,
    protocol: protocols[at]!,
    pairs: 3200,
    planned: 3200,
    impostors: 1600,
    draws: at === 0 ? 1 : 5,
    resamples: 1000,
    over: 'people',
    backbone: 'MobileFaceNet',
    head: 'none',
    seed: 777,
    data: 'LFW, View 1',
    accuracyStd: null,
    cells: {
      [NAME]: {
        value: value / 100,
        interval: [low / 100, high / 100],
        spread: null,
        isBetter,
        rate: { far: 1e-2, evidence: 'few' },
      },
    },
  })),
);
