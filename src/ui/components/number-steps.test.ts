import { describe, expect, it } from 'vitest';
import { numberRules } from '../../training/config/run-config';
import { stepped, steppedBy } from './number-steps';

const rate = numberRules.learningRate;

describe('the steps of a number input', () => {
  it.each([
    [0.004, 0.005, 0.003],
    [0.001, 0.002, 0.0009],
    [0.009, 0.01, 0.008],
    [0.0034, 0.004, 0.003],
    [3e-5, 4e-5, 2e-5],
    [1e-8, 2e-8, 1e-8],
    [1, 1, 0.9],
  ])('lead a learning rate from %s to %s and %s', (value, up, down) => {
    expect([stepped(value, 1, rate), stepped(value, -1, rate)]).toEqual([up, down]);
  });

  it('reach and leave 0 if 0 is allowed', () => {
    const { augmentation, weightDecay, maxGradNorm } = numberRules;
    expect([
      stepped(0, 1, augmentation),
      stepped(0.1, -1, augmentation),
      stepped(0, -1, augmentation),
    ]).toEqual([0.1, 0, 0]);
    expect([
      stepped(0, 1, weightDecay),
      stepped(1e-4, -1, weightDecay),
      stepped(5e-4, -1, weightDecay),
    ]).toEqual([1e-4, 0, 4e-4]);
    expect([
      stepped(0, 1, maxGradNorm),
      stepped(1, -1, maxGradNorm),
      stepped(10, 1, maxGradNorm),
    ]).toEqual([1, 0, 20]);
  });

  it('are 1 for integers', () => {
    expect([stepped(255, 1, numberRules.batchSize), stepped(2, -1, numberRules.batchSize)]).toEqual(
      [256, 2],
    );
  });

  it('stay within the bounds of every setting, and lead from one end to the other', () => {
    for (const [name, rule] of Object.entries(numberRules)) {
      if ('integer' in rule) continue;
      for (const [from, to, direction] of [
        [rule.min, rule.max, 1],
        [rule.max, rule.min, -1],
      ] as const) {
        let value: number = from;
        for (let steps = 0; value !== to && steps < 200; steps++) {
          const next = stepped(value, direction, rule);
          expect(Math.sign(next - value), name).toBe(direction);
          value = next;
        }
        expect(value, name).toBe(to);
      }
    }
  });
});

describe('steps by doubling', () => {
  const { batchSize, microBatch, learningRate } = numberRules;
  it.each([
    [0.004, 0.008, 0.002],
    [3e-5, 6e-5, 1.5e-5],
    [1, 1, 0.5],
    [1e-8, 2e-8, 1e-8],
  ])(
    'lead a learning rate from %s to %s and %s, never to the end of its range',
    (from, up, down) => {
      expect(steppedBy('doubling', from, 1, learningRate)).toBe(up);
      expect(steppedBy('doubling', from, -1, learningRate)).toBe(down);
    },
  );

  it.each([
    [64, 128, 32],
    [100, 128, 64],
    [4096, 4096, 2048],
    [2, 4, 2],
  ])('lead a batch of %s to %s and %s', (from, up, down) => {
    expect(steppedBy('doubling', from, 1, batchSize)).toBe(up);
    expect(steppedBy('doubling', from, -1, batchSize)).toBe(down);
  });

  it('reach and leave 0 where that is allowed', () => {
    expect([1, 0].map((value) => steppedBy('doubling', value, -1, microBatch))).toEqual([0, 0]);
    expect(steppedBy('doubling', 0, 1, microBatch)).toBe(1);
  });
});
