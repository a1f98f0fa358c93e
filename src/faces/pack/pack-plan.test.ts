import { describe, expect, it } from 'vitest';
import { isValidationIdentity } from '../identity-split';
import { chosenLabels, labelsIn, PackPlan, type PackOptions } from './pack-plan';
import type { FaceRecord } from '../face-record';
import type { FaceSource } from '../face-source';

const options: PackOptions = {
  name: 'set',
  form: 'tar',
  shardSize: 8,
  shuffle: false,
  seed: 5,
  relabel: false,
};
const labels = Array.from({ length: 50 }, (_, i) => 3 * i);

describe('a choice of people', () => {
  it('depends only on the seed, and is ascending', () => {
    const chosen = chosenLabels(labels, 10, 1);
    expect(chosen).toEqual(chosenLabels([...labels].reverse(), 10, 1));
    expect(chosen).not.toEqual(chosenLabels(labels, 10, 2));
    expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
    expect(chosen.every((label) => labels.includes(label))).toBe(true);
  });

  it('contains the smaller choice of the same seed', () => {
    expect(chosenLabels(labels, 30, 1)).toEqual(
      expect.arrayContaining(chosenLabels(labels, 10, 1)),
    );
  });

  it('of more people than there are is refused', () => {
    expect(() => chosenLabels(labels, 51, 1)).toThrow(
      '51 identities were asked for; the source has 50.',
    );
  });
});

describe('a plan', () => {
  it('keeps labels, and packs all records', () => {
    expect(new PackPlan(options, null).routeOf(12345)).toEqual({ set: 0, label: 12345 });
  });

  it('packs only the chosen people', () => {
    const plan = new PackPlan({ ...options, identities: 2 }, [4, 9]);
    expect([4, 5, 9].map((label) => plan.routeOf(label))).toEqual([
      { set: 0, label: 4 },
      null,
      { set: 0, label: 9 },
    ]);
  });

  it('holds out the same people as training, and numbers each set from 0', () => {
    const plan = new PackPlan({ ...options, holdOut: 0.3, relabel: true }, labels);
    expect(plan.folders).toEqual(['train', 'held-out']);
    const next = [0, 0];
    for (const label of labels) {
      const set = isValidationIdentity(label, 5, 0.3) ? 1 : 0;
      expect(plan.routeOf(label)).toEqual({ set, label: next[set]! });
      expect(plan.mappingOf(set)![next[set]!]).toBe(label);
      next[set]!++;
    }
    expect(Math.min(...next)).toBeGreaterThan(5);
  });

  it('that leaves a set without people is refused', () => {
    expect(() => new PackPlan({ ...options, identities: 1, holdOut: 0.5 }, [4])).toThrow(
      /No identity falls to the set "(train|held-out)"/,
    );
  });
});

it('reads the labels of a source in its own order, and returns them ascending', async () => {
  const opened: unknown[] = [];
  const source: FaceSource = {
    info: async () => ({ name: 's', shards: ['s'], form: 'folder', shuffle: 'blocks' }),
    fingerprint: async () => 's',
    async *open(how): AsyncGenerator<FaceRecord> {
      opened.push(how.shuffleBuffer);
      for (const label of [10, 9, 10, 2 ** 40, 0])
        yield { key: '', label, encoded: new Uint8Array(), shard: '' };
    },
  };
  let records = 0;
  expect(await labelsIn(source, { onRecord: () => records++ })).toEqual([0, 9, 10, 2 ** 40]);
  expect([records, opened]).toEqual([5, [0]]);
});
