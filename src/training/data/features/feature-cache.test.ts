import { beforeEach, describe, expect, it } from 'vitest';
import { CrashingFileStore } from '../../../../test/fixtures/crashing-file-store';
import { halfBits, halfValues } from '../../../formats/tensors/float16';
import { seededRandom } from '../../../core/seeded-random';
import { FeatureCache } from './feature-cache';
import { recordBytes, type StoredRow } from './feature-record';
import { openFeatureCache } from './open-cache';

const layout = { embeddingDim: 5, inputSize: 8 };
const [KEY, COPIES] = ['key', 2];
const half = (values: Float32Array) => values.map((value) => halfValues()[halfBits(value)]!);

/** Pictures of two copies each. */
function rowOf(index: number): StoredRow {
  const random = seededRandom(3, index);
  const numbers = (length: number) => Float32Array.from({ length }, () => random.normal());
  return {
    label: 99_999_990 + (index >> 1),
    severity: index % 2 ? Math.fround(random.next()) : NaN,
    embedding: numbers(5),
    headInput: numbers(8),
    copy: index % COPIES,
    sourcePosition: 1 + (index >> 1),
  };
}

let records: CrashingFileStore;
beforeEach(() => void (records = new CrashingFileStore()));
const opened = async (budget?: number, key = KEY) =>
  FeatureCache.open(await records.openInPlace('f'), key, layout, COPIES, budget);

/** Expects the first `count` rows, exactly as they are kept. */
function expectRows(cache: FeatureCache, count: number): void {
  expect(cache.count).toBe(count);
  const rows = cache.rows([...Array(count).keys()]);
  for (let index = 0; index < count; index++) {
    const { label, severity, embedding, headInput, copy } = rowOf(index);
    expect([rows.labels[index], rows.severities[index], cache.copyOf(index)]).toEqual([
      label,
      severity,
      copy,
    ]);
    expect(rows.embedding(index)).toEqual(half(embedding));
    expect(rows.headInput(index)).toEqual(half(headInput));
  }
}

describe('a feature cache', () => {
  it('takes 3,096 bytes a picture for the compact head at 512 dimensions', () => {
    expect(recordBytes({ embeddingDim: 512, inputSize: 1025 })).toBe(3096);
  });

  it.each([undefined, 200, 0])(
    'gives back what was put into it, in float16, with %s bytes of memory',
    async (budget) => {
      const cache = await opened(budget);
      for (let index = 0; index < 1200; index++) cache.append(rowOf(index));
      expectRows(cache, 1200);
      cache.commit(true);
      const again = await opened(budget);
      expect([again.complete, again.recordsToSkip]).toEqual([true, 600]);
      expectRows(again, 1200);
      const picked = again.rows([1100, 7]);
      expect(picked.gatherInputs([1, 0], 3)).toEqual(
        Float32Array.of(
          ...half(rowOf(7).headInput),
          ...half(rowOf(1100).headInput),
          ...new Float32Array(8),
        ),
      );
    },
  );

  it('has all committed pictures after a crash at any write, whole ones only', async () => {
    for (let writes = 0; writes < 40; writes++) {
      records = new CrashingFileStore();
      const file = await records.openInPlace('f');
      let left = writes;
      const dying = {
        ...file,
        write: (bytes: Uint8Array, at: number) =>
          left-- > 0
            ? file.write(bytes, at)
            : left === -1
              ? file.write(bytes.subarray(0, bytes.length >> 1), at)
              : undefined,
      };
      const cache = FeatureCache.open(dying, KEY, layout, COPIES);
      let committed = 0;
      for (let index = 0; index < 15; index++) {
        cache.append(rowOf(index));
        if (index % 5 !== 4) continue;
        cache.commit();
        if (left >= 0) committed = index + 1 - ((index + 1) % COPIES);
      }
      const rest = await opened();
      expect(rest.complete).toBe(false);
      expect(rest.count, `after ${writes} writes`).toBeGreaterThanOrEqual(committed);
      expectRows(rest, rest.count);
      expect(rest.recordsToSkip * COPIES).toBe(rest.count);
      for (let index = rest.count; index < 15; index++) rest.append(rowOf(index));
      rest.commit(true);
      expectRows(await opened(), 15);
    }
  });

  it('starts afresh under another key', async () => {
    const cache = await opened();
    for (let index = 0; index < 4; index++) cache.append(rowOf(index));
    cache.commit(true);
    expect((await opened(undefined, 'another')).count).toBe(0);
    expect((await opened()).count).toBe(0);
  });

  it('keeps the records before a damaged one', async () => {
    const cache = await opened();
    for (let index = 0; index < 10; index++) cache.append(rowOf(index));
    cache.commit(true);
    const onDisk = await opened(0);
    const at = 4096 + 5 * recordBytes(layout) + 9;
    const file = await records.openInPlace('f');
    const byte = new Uint8Array(1);
    file.read(byte, at);
    file.write(
      byte.map((value) => value ^ 1),
      at,
    );
    // The record was whole when the file was opened.
    expect(onDisk.complete).toBe(true);
    const rest = await opened();
    expect([rest.complete, rest.count, rest.recordsToSkip]).toEqual([false, 4, 2]);
  });

  it('falls back to memory once with a warning, and refuses records that fit nowhere', async () => {
    records.capacity = 4096 + 3 * recordBytes(layout);
    const warnings: unknown[] = [];
    const cache = await openFeatureCache({
      records,
      key: 'abc',
      layout,
      copies: COPIES,
      expected: null,
      onWarning: (error) => warnings.push(error.code),
    });
    for (let index = 0; index < 10; index++) cache.append(rowOf(index));
    expect(warnings).toEqual(['storage-full']);
    expect(cache.isKept).toBe(false);
    expectRows(cache, 10);
    const nowhere = FeatureCache.open(null, KEY, layout, COPIES, 3 * recordBytes(layout));
    expect(() => [0, 1, 2, 3].forEach((index) => nowhere.append(rowOf(index)))).toThrow(
      expect.objectContaining({ code: 'storage-full' }),
    );
  });

  it('refuses features that float16 does not hold', async () => {
    const cache = await opened();
    for (const value of [70_000, NaN, -Infinity])
      expect(() =>
        cache.append({ ...rowOf(0), headInput: new Float32Array(8).fill(value) }),
      ).toThrow(expect.objectContaining({ code: 'bad-model' }));
    expect(cache.count).toBe(0);
  });

  it('removes the oldest other caches to free space, but none if that is not enough', async () => {
    records.capacity = 3000;
    const names = async () => (await records.list()).map(({ name }) => name);
    for (const name of ['old.features', 'run.safetensors', 'new.features'])
      await records.write(name, new Uint8Array(name === 'run.safetensors' ? 10 : 1000));
    const open = (expected: number) =>
      openFeatureCache({
        records,
        key: 'abc',
        layout,
        copies: 1,
        expected,
        onWarning: () => undefined,
      });
    await open(1e6);
    expect(await names()).toEqual([
      'old.features',
      'run.safetensors',
      'new.features',
      'abc.features',
    ]);
    await records.remove('abc.features');
    await open(Math.floor(1500 / recordBytes(layout)));
    expect(await names()).toEqual(['run.safetensors', 'new.features', 'abc.features']);
  });
});
