import type uPlot from 'uplot';
import { describe, expect, it } from 'vitest';
import type { PlotLayout } from './plot-layout';
import { readoutAt } from './plot-readout';

const layout: PlotLayout = {
  x: { name: 'step', inFull: String },
  y: { name: 'κ' },
  series: [
    { name: 'mean', kind: 'line', colour: 'red' },
    { name: 'low', kind: 'edge', colour: 'red' },
    { name: 'high', kind: 'edge', colour: 'red' },
    { name: 'kept', kind: 'line', colour: 'blue' },
  ],
  bands: [{ name: 'nine of ten', low: 1, high: 2, colour: 'red', opacity: 0.2 }],
};

describe('a plot’s readout', () => {
  it('gives the abscissa, each series, and the ends of a band', () => {
    expect(
      readoutAt(
        layout,
        [
          [10, 20],
          [611.23456, 600],
          [500, 1],
          [700, 2],
          [0.25, 0.5],
        ],
        0,
      ),
    ).toEqual(['step 10', 'mean: 611.23', 'kept: 0.25', 'nine of ten: 500 to 700']);
  });

  it('gives the text of a gap', () => {
    const [mean] = layout.series;
    const gapped: PlotLayout = {
      x: layout.x,
      y: layout.y,
      series: [{ ...mean!, gap: (step) => (step === 12 ? 'NaN' : 'Infinity') }],
    };
    expect(
      readoutAt(
        gapped,
        [
          [11, 12],
          [5, null],
        ],
        1,
      ),
    ).toEqual(['step 12', 'mean: NaN']);
    expect(
      readoutAt(
        gapped,
        [
          [11, 12],
          [5, null],
        ],
        0,
      ),
    ).toEqual(['step 11', 'mean: 5']);
  });

  it('gives the values of all curves, also of those whose last point is at another step', () => {
    const [mean] = layout.series;
    const two: PlotLayout = {
      ...layout,
      series: [
        { ...mean!, name: 'other run', place: 1 },
        { ...mean!, place: 0 },
      ],
      bands: [],
    };
    const data: uPlot.AlignedData = [
      [1, 2, 3, 4],
      [undefined, 9, undefined, undefined],
      [5, 6, 7, 8],
    ];
    expect(readoutAt(two, data, 0)).toEqual(['step 1', 'mean: 5']);
    expect(readoutAt(two, data, 1)).toEqual(['step 2', 'mean: 6', 'other run: 9']);
    expect(readoutAt(two, data, 3)).toEqual(['step 4', 'mean: 8', 'other run: 9 (step 2)']);
  });

  it('gives a smoothed curve with the figure itself beside, on one line', () => {
    const [mean] = layout.series;
    const pair: PlotLayout = {
      ...layout,
      series: [
        { ...mean!, isInBackground: true },
        { ...mean!, smooths: 0 },
      ],
      bands: [],
    };
    expect(readoutAt(pair, [[7], [3], [2.5]], 0)).toEqual(['step 7', 'mean: 2.5, unsmoothed 3']);
  });

  it('leaves out series without a value', () => {
    expect(readoutAt(layout, [[10], [null], [500], [null], [0]], 0)).toEqual([
      'step 10',
      'kept: 0',
    ]);
  });
});
