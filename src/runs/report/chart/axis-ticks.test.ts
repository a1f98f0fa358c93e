import { expect, it } from 'vitest';
import { linearTicks, logarithmicTicks, tickTexts } from './axis-ticks';

it.each([
  [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [0.13, 0.87, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [2290, 2410, [2250, 2300, 2350, 2400, 2450]],
  [-3, 4, [-4, -2, 0, 2, 4]],
  [1e-5, 3e-3, [0, 0.001, 0.002, 0.003]],
])('from %d to %d: round numbers that hold all values', (least, most, ticks) => {
  const found = linearTicks(least, most);
  expect(found.at).toEqual(ticks);
  expect(found.ends[0]).toBeCloseTo(ticks[0]!, 12);
  expect(found.ends[1]).toBeCloseTo(ticks.at(-1)!, 12);
});

it('keeps to ends that are given, to whole numbers, and to a single value', () => {
  expect(linearTicks(0.93, 0.99, { ends: [0.9, 1] }).ends).toEqual([0.9, 1]);
  expect(linearTicks(1, 3, { isWhole: true }).at).toEqual([1, 2, 3]);
  const single = linearTicks(5, 5);
  expect(single.ends[0]).toBeLessThan(5);
  expect(single.ends[1]).toBeGreaterThan(5);
});

it('has powers of ten on a logarithmic axis', () => {
  expect(logarithmicTicks(2e-4, 1).at.map((tick) => tick.toExponential())).toEqual([
    '1e-3',
    '1e-2',
    '1e-1',
    '1e+0',
  ]);
});

it('gives as many figures as tell ticks apart', () => {
  expect(tickTexts([2300.1, 2300.2, 2300.3])).toEqual(['2300.1', '2300.2', '2300.3']);
  expect(tickTexts([0, 20_000, 40_000])).toEqual(['0', '20k', '40k']);
});
