import { describe, expect, it } from 'vitest';
import { smallConfig } from '../../../test/fixtures/small-run';
import type { HeadTrainer } from '../../training/step/head-trainer';
import { reduceMemory, lessMemoryWords, type MemoryUse } from './reduce-memory';

const session = (isPrepared: boolean, { hasBatchStatistics = false, method = 'scf' } = {}) => ({
  isPrepared,
  trainer: {
    head: { name: 'compact', hasBatchStatistics },
    settings: { method },
  } as unknown as HeadTrainer,
});
const use = (changes: Parameters<typeof smallConfig>[0] = {}): MemoryUse => ({
  config: smallConfig({ batchSize: 16, ...changes }),
  backboneBatch: 32,
});

/** The backbone's batch and the micro-batch after each halving. */
function halvings(first: MemoryUse, of: ReturnType<typeof session>): [number, number][] {
  const seen: [number, number][] = [];
  for (let next = reduceMemory(first, of); next; next = reduceMemory(next, of))
    seen.push([next.backboneBatch, next.config.microBatch]);
  return seen;
}

describe('halving the memory of a run', () => {
  it('halves the backbone’s batch, and not the steps, while features are made', () => {
    expect(halvings(use(), session(false))).toEqual([
      [16, 0],
      [8, 0],
      [4, 0],
      [2, 0],
      [1, 0],
    ]);
  });

  it('cuts the batches while it trains from kept features', () => {
    expect(halvings(use(), session(true))).toEqual([
      [32, 8],
      [32, 4],
      [32, 2],
      [32, 1],
    ]);
  });

  it('does both if every batch goes through the backbone', () => {
    expect(halvings(use({ features: 'stream' }), session(true)).slice(0, 2)).toEqual([
      [16, 8],
      [8, 4],
    ]);
    expect(halvings(use({ features: 'stream' }), session(true)).at(-1)).toEqual([1, 1]);
  });

  it.each([{ hasBatchStatistics: true }, { method: 'pfe-v' }])(
    'is impossible with kept features if a batch can’t be cut: %o',
    (trainer) => {
      expect(reduceMemory(use(), session(true, trainer))).toBeNull();
      expect(halvings(use({ features: 'stream' }), session(true, trainer))).toHaveLength(5);
    },
  );

  it('says what changes', () => {
    const before = use({ features: 'stream' });
    expect(lessMemoryWords(before, reduceMemory(before, session(true))!)).toBe(
      ' From now on 16 pictures go through the backbone at once. Its batches of 16 are ' +
        'from now on differentiated in slices of 8, and the gradients added up: the same ' +
        'steps, more slowly.',
    );
    expect(lessMemoryWords({ ...before, backboneBatch: 2 }, { ...before, backboneBatch: 1 })).toBe(
      ' From now on one picture goes through the backbone at once.',
    );
  });
});
