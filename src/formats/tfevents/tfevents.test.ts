import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { encodeEvent, histogramOf } from './tfevents';
import { experimentSummary, sessionEndSummary, sessionStartSummary } from './tfevents-hparams';

describe('an event file', () => {
  it('equals a file of TensorBoard’s own writer, byte for byte', async () => {
    const settings = { flip: true, head: 'compact', learningRate: 3e-5 };
    const histogram = {
      min: 1,
      max: 4,
      count: 3,
      sum: 7,
      sumSquares: 21,
      bucketLimits: [2.5, 4],
      bucketCounts: [2, 1],
    };
    const events = [
      encodeEvent(1000.5, 0, { type: 'file-version' }),
      encodeEvent(1001, 0, {
        type: 'summary',
        values: [experimentSummary(settings, ['val/loss', 'kappa'], 1000.5)],
      }),
      encodeEvent(1001, 0, { type: 'summary', values: [sessionStartSummary(settings, 1000.5)] }),
      encodeEvent(1002, 300, { type: 'restart' }),
      encodeEvent(1003, 300, {
        type: 'summary',
        values: [
          { tag: 'kappa', scalar: 612.5 },
          { tag: 'lr', scalar: 0 },
        ],
      }),
      encodeEvent(1004, 301, { type: 'summary', values: [{ tag: 'kappa_hist', histogram }] }),
      encodeEvent(1007.25, 5_000_000_000, {
        type: 'summary',
        values: [sessionEndSummary(1007.25)],
      }),
    ];
    const expected = await readFile('test/fixtures/tfevents/events.tfevents.bin');
    expect(Buffer.concat(events).toString('hex')).toBe(expected.toString('hex'));
  });
});

describe('a histogram', () => {
  it('counts every finite value once, the greatest in the last bucket', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => 100 + ((i * 7919) % 1000) / 3);
    const histogram = histogramOf([...values, NaN, Infinity])!;
    expect(histogram.count).toBe(1000);
    expect(histogram.bucketCounts.reduce((sum, count) => sum + count)).toBe(1000);
    expect(histogram.bucketCounts).toHaveLength(30);
    expect(histogram.bucketLimits).toHaveLength(30);
    expect(histogram.bucketLimits.at(-1)).toBe(histogram.max);
    expect(histogram.min).toBe(100);
    expect(histogram.max).toBe(Math.fround(433));
    histogram.bucketLimits.forEach((limit, i) => {
      const from = histogram.bucketLimits[i - 1] ?? histogram.min;
      const inside = values.filter(
        (value) => (value >= from && value < limit) || (i === 29 && value === limit),
      ).length;
      expect(Math.abs(histogram.bucketCounts[i]! - inside), `bucket ${i}`).toBeLessThanOrEqual(1);
    });
    expect(histogram.sum).toBeCloseTo(
      values.reduce((sum, value) => sum + value, 0),
      6,
    );
    expect(histogram.sumSquares).toBeCloseTo(
      values.reduce((sum, value) => sum + value * value, 0),
      3,
    );
  });

  it('has one bucket for equal values, and is null without values', () => {
    expect(histogramOf([5, 5])).toEqual({
      min: 5,
      max: 5,
      count: 2,
      sum: 10,
      sumSquares: 50,
      bucketLimits: [5],
      bucketCounts: [2],
    });
    expect(histogramOf([])).toBeNull();
    expect(histogramOf([NaN, -Infinity])).toBeNull();
  });
});
