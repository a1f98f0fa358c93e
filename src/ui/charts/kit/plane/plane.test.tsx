import { expect, it } from 'vitest';
import { planeOf } from './plane';

it('gives an axis with ends of its own three ticks at least', () => {
  const { y } = planeOf({
    ...{ width: 400, height: 190 },
    xAxis: { title: 'level', bounds: [0, 1] },
    // Between these, steps of 1 would leave 0 alone.
    yAxis: { title: 'margin', ends: () => [-0.99, 0.98] },
    xExtent: [0, 1],
    yExtent: [-0.9, 0.9],
  });
  expect(y.ticks).toEqual([-0.5, 0, 0.5]);
});
