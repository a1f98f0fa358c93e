import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../core/studio-error';
import type { FaceRecord } from '../face-record';
import type { OpenOptions } from '../face-source';
import type { SkippedItem } from '../survey/left-out';
import type { RecordTable } from './record-table';
import { TableSource } from './table-source';
import { WebDatasetSource } from './webdataset/webdataset-source';

const ROWS = 40;
const recordOf = (row: number): FaceRecord => ({
  key: `k${row}`,
  label: row % 7,
  encoded: Uint8Array.of(row),
  shard: 'memory',
});

/** A table in memory; `fails` returns the error of a read, or null. */
function tableOf(
  randomAccess: boolean,
  fails: (row: number) => StudioError | null = () => null,
): RecordTable & { reads: number[] } {
  const reads: number[] = [];
  const read = async (row: number) => {
    reads.push(row);
    const error = fails(row);
    if (error) throw error;
    return recordOf(row);
  };
  const fingerprint = async () => 'memory';
  const table = {
    name: 'memory',
    form: 'recordio' as const,
    count: ROWS,
    randomAccess,
    reads,
    read,
    fingerprint,
  };
  if (randomAccess) return table;
  return {
    ...table,
    async *stream(from, to) {
      for (let row = from; row < to; row++) yield { row, record: await read(row) };
    },
  };
}

async function keysOf(
  table: RecordTable,
  options: Partial<OpenOptions> = {},
  blockRows = 10,
): Promise<string[]> {
  const keys: string[] = [];
  const source = new TableSource(table, { blockRows, wait: async () => undefined });
  for await (const { key } of source.open({ seed: 5, epoch: 1, shuffleBuffer: 8, ...options }))
    keys.push(key);
  return keys;
}

const all = Array.from({ length: ROWS }, (_, row) => `k${row}`);
const byRow = (a: string, b: string) => Number(a.slice(1)) - Number(b.slice(1));

describe.each([
  ['global', true],
  ['blocks', false],
] as const)('a table in a %s shuffle', (mode, randomAccess) => {
  it('yields every record once, in an order that depends only on seed and epoch', async () => {
    const keys = await keysOf(tableOf(randomAccess));
    expect([...keys].sort(byRow)).toEqual(all);
    expect(keys).not.toEqual(all);
    expect(await keysOf(tableOf(randomAccess))).toEqual(keys);
    expect(await keysOf(tableOf(randomAccess), { epoch: 2 })).not.toEqual(keys);
  });

  it('skips the records that a resumed run has read', async () => {
    const whole = await keysOf(tableOf(randomAccess));
    expect(await keysOf(tableOf(randomAccess), { skip: 13 })).toEqual(whole.slice(13));
  });

  it('resumes after a lost connection, and gives up on one that stays lost', async () => {
    let times = 0;
    const flaky = tableOf(randomAccess, (row) =>
      row === 17 && times++ < 2 ? new StudioError('network', 'unreachable', '') : null,
    );
    const retries: number[] = [];
    expect(await keysOf(flaky, { onRetry: (_, attempt) => retries.push(attempt) })).toEqual(
      await keysOf(tableOf(randomAccess)),
    );
    expect(retries).toEqual([1, 2]);
    const dead = tableOf(randomAccess, (row) =>
      row === 17 ? new StudioError('network', 'unreachable', '') : null,
    );
    await expect(keysOf(dead)).rejects.toMatchObject({ code: 'network' });
  });

  it(`keeps the order of rows without shuffling, and reports its mode: ${mode}`, async () => {
    expect(await keysOf(tableOf(randomAccess), { shuffleBuffer: 0 })).toEqual(all);
    expect(await new TableSource(tableOf(randomAccess)).info()).toMatchObject({
      images: ROWS,
      shuffle: mode,
    });
  });
});

it('resumes a global shuffle at the position of a record, counting damaged rows', async () => {
  const damaged = () =>
    tableOf(true, (row) => (row % 4 === 0 ? new StudioError('bad-shard', 'cut', '') : null));
  const records: FaceRecord[] = [];
  for await (const record of new TableSource(damaged()).open({
    seed: 5,
    epoch: 1,
    shuffleBuffer: 8,
  }))
    records.push(record);
  const keys = records.map(({ key }) => key);
  expect(await keysOf(damaged(), { skip: records[11]!.position })).toEqual(keys.slice(12));
});

it('reads no skipped record when a global shuffle is resumed', async () => {
  const table = tableOf(true);
  await keysOf(table, { skip: 30 });
  expect(table.reads).toHaveLength(10);
});

it('reports damaged rows and continues', async () => {
  const skipped: SkippedItem[] = [];
  const table = tableOf(true, (row) =>
    row % 10 === 3 ? new StudioError('bad-shard', 'cut', '') : null,
  );
  expect(await keysOf(table, { onSkip: (item) => skipped.push(item) })).toHaveLength(ROWS - 4);
  expect(skipped.map(({ member }) => member).sort()).toEqual(['13', '23', '3', '33']);
});

it('has the same order as tar shards with the same records in the same blocks', async () => {
  const shards = await Promise.all(
    [0, 10, 20, 30].map((from) =>
      packTar(
        Array.from({ length: 10 }, (_, i) => from + i).flatMap((row) => [
          {
            header: { name: `k${row}.jpg`, size: 1, type: 'file' as const },
            body: Uint8Array.of(row),
          },
          {
            header: { name: `k${row}.cls`, size: 1, type: 'file' as const },
            body: String(row % 7),
          },
        ]),
      ),
    ),
  );
  const opener = {
    open: async (shard: string) =>
      new Blob([shards[Number(shard)] as Uint8Array<ArrayBuffer>]).stream(),
    fingerprint: async (shard: string) => shard,
  };
  const source = new WebDatasetSource(
    'tars',
    { shards: ['0', '1', '2', '3'].map((name) => ({ name })) },
    opener,
  );
  const fromTars: string[] = [];
  for await (const { key } of source.open({ seed: 5, epoch: 1, shuffleBuffer: 8 }))
    fromTars.push(key);
  expect(await keysOf(tableOf(true), { shuffle: 'blocks' })).toEqual(fromTars);
  // A place in one block is no place of the whole order.
  for await (const { position } of new TableSource(tableOf(true)).open({
    seed: 5,
    epoch: 1,
    shuffleBuffer: 8,
    shuffle: 'blocks',
  }))
    expect(position).toBeUndefined();
  expect(await keysOf(tableOf(false))).toEqual(fromTars);
});
