import { expect, it } from 'vitest';
import type { FaceRecord } from '../../faces/face-record';
import { MAX_RECORDS, sampleFaces } from './face-samples';

function recordsOf(labels: readonly number[]) {
  const source = {
    reads: 0,
    async *[Symbol.asyncIterator](): AsyncGenerator<FaceRecord> {
      for (const [i, label] of labels.entries()) {
        source.reads++;
        yield { key: `k${i}`, label, encoded: Uint8Array.of(1), shard: 'memory' };
      }
    },
  };
  return source;
}
const labelsOf = async (labels: readonly number[], count: number) =>
  (await sampleFaces(recordsOf(labels), count)).map(({ label }) => label);

it('takes two pictures of each person, and reads no more than it needs', async () => {
  const source = recordsOf([1, 2, 3, 1, 1, 3, 2, 4, 4]);
  expect((await sampleFaces(source, 4)).map(({ key }) => key)).toEqual(['k0', 'k3', 'k2', 'k5']);
  expect(source.reads).toBe(6);
});

it('takes several people of a set that is sorted by person', async () => {
  expect(await labelsOf([7, 7, 7, 7, 8, 8, 8, 9, 9, 9], 6)).toEqual([7, 7, 8, 8, 9, 9]);
});

it('fills up with single pictures if few people come twice, and limits its search', async () => {
  expect(await labelsOf([1, 2, 3, 2, 4], 4)).toEqual([2, 2, 1, 3]);
  const source = recordsOf(Array.from({ length: 1000 }, (_, i) => i));
  expect(await sampleFaces(source, 24)).toHaveLength(24);
  expect(source.reads).toBe(MAX_RECORDS);
});

it('reads nothing if no picture is asked for', async () => {
  const source = recordsOf([1, 2]);
  expect([await sampleFaces(source, 0), source.reads]).toEqual([[], 0]);
});
