import { describe, expect, it } from 'vitest';
import { logEnds, logTicks } from './log-axis';

describe('a logarithmic axis', () => {
  it('ends a little beyond its values, never at 0', () => {
    const [low, high] = logEnds(480, 1020);
    expect(low).toBeGreaterThan(450);
    expect(high).toBeLessThan(1070);
    expect(low / 480).toBeCloseTo(1020 / high, 12);
    expect(logEnds(0.003, 0.003)[0]).toBeGreaterThan(0);
    expect(logEnds(0.003, 0.003)[1]).toBeGreaterThan(0.003);
  });

  it.each<[string, number, number, number[]]>([
    ['equal steps within a decade', 560, 640, [560, 580, 600, 620, 640]],
    ['equal steps across a power of ten', 480, 1020, [500, 600, 700, 800, 900, 1000]],
    ['ones, twos and fives over two', 0.0009, 0.06, [1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05]],
    ['powers of ten over more', 2e-5, 3, [1e-4, 1e-3, 0.01, 0.1, 1]],
    ['every second power over many', 1e-6, 2e3, [1e-6, 1e-4, 0.01, 1, 100]],
  ])('has %s', (_, min, max, ticks) => {
    expect(logTicks(min, max)).toEqual(ticks);
  });

  it('has a tick or more, wherever it is', () => {
    for (let from = -8; from < 8; from += 0.37)
      for (let span = 0.01; span < 12; span *= 1.7) {
        const ticks = logTicks(10 ** from, 10 ** (from + span));
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.length).toBeLessThan(10);
      }
  });
});
