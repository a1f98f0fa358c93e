import { expect, it } from 'vitest';
import { pristine, type FaceRecord } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import { PicturePlan } from '../picture-plan';
import { HELD_OUT_PICTURES, heldOutPairs, heldOutSet } from './held-out-set';
import { planPairs } from './protocols';

/** Thirty people with twelve pictures each, every third of them degraded. */
const source: FaceSource = {
  info: async () => ({ name: 'memory', form: 'webdataset', shuffle: 'blocks', shards: [] }),
  fingerprint: async () => 'memory',
  async *open() {
    for (let i = 0; i < 360; i++) {
      const [label, copy] = [i % 30, Math.floor(i / 30)];
      const record: FaceRecord = {
        key: `${label}-${copy}`,
        label,
        encoded: Uint8Array.of(label, copy),
        shard: 'memory',
        degradation: { ...pristine, blur: copy % 3 === 0 ? 0.5 : 0 },
      };
      yield record;
    }
  },
};
const people = new Set(Array.from({ length: 24 }, (_, i) => i));
const read: number[] = [];
const set = await heldOutSet({
  name: 'the held-out people',
  source,
  people,
  seed: 7,
  onProgress: (records) => read.push(records),
  decode: async (encoded, name) => {
    if (name !== `${encoded[0]}-${encoded[1]} of the held-out people`) throw new Error(name);
    return { width: 1, height: 1, data: encoded };
  },
});
const personOf = (picture: string) => Number(picture.split('-')[0]);

it('takes clean pictures of the held-out people alone, a few of each', async () => {
  expect(set.pictures).toHaveLength(24 * HELD_OUT_PICTURES);
  for (const { name, person } of set.pictures) {
    expect(people.has(personOf(name))).toBe(true);
    expect(person).toBe(`person ${personOf(name)}`);
    expect((await set.decode(name)).data[1]! % 3).not.toBe(0);
  }
  expect(read.at(-1)).toBe(360);
});

it('makes pairs of both kinds in folds that share nobody, by the seed', () => {
  expect(set.pairs.filter(({ same }) => same)).toHaveLength(24 * 20);
  expect(set.pairs.length).toBeLessThanOrEqual(heldOutPairs(24));
  const folds = new Map<number, number>();
  for (const { a, b, same, fold } of set.pairs) {
    expect(personOf(a) === personOf(b)).toBe(same);
    for (const person of [personOf(a), personOf(b)]) {
      expect(folds.get(person) ?? fold).toBe(fold);
      folds.set(person, fold);
    }
  }
  expect(new Set(folds.values()).size).toBe(10);
  expect(set.notes).toEqual([
    expect.stringMatching(
      /^480 pairs of one person and [\d,]+ of two, made of 192 clean pictures; each is degraded/,
    ),
  ]);
});

it('needs two readings of a picture for all protocols, however many pairs there are', () => {
  const plan = new PicturePlan();
  for (const degraded of ['none', 'one', 'both'] as const)
    planPairs({ kind: 'pairs', degraded }, set, plan, 7, 7);
  planPairs({ kind: 'templates', size: 3, degraded: 'both' }, set, plan, 7, 7);
  expect(plan.faces).toBe(2 * set.pictures.length);
});
