import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PackWorkshop } from '../fixtures/pack-workshop';
import { openSource } from '../../src/cli/node/node-files';
import type { FaceSource, OpenOptions } from '../../src/faces/face-source';
import { TableSource } from '../../src/faces/sources/table-source';

/** A row of the pyarrow fixture: see make-parquet.py. */
interface Row {
  readonly label: number;
  readonly picture: string;
}

/**
 * Forty rows of seven people with ten different pictures; and ten different rows in two files.
 */
const SETS = [
  ['v2-none.parquet', ['v2-none.parquet'], 6],
  ['two part files', ['part-0.parquet', 'part-1.parquet'], 3],
] as const;

/** Records as labels and pictures. */
async function orderOf(
  source: FaceSource,
  options: Partial<OpenOptions>,
): Promise<[number, string][]> {
  const rows: [number, string][] = [];
  const onSkip = ({ reason }: { reason: string }) => expect.fail(reason);
  for await (const { label, encoded } of source.open({
    seed: 0,
    epoch: 0,
    shuffleBuffer: 0,
    onSkip,
    ...options,
  }))
    rows.push([label, Buffer.from(encoded).toString('base64')]);
  return rows;
}

describe.each(SETS)(
  '%s as it is, and packed as tar shards, as RecordIO and as a folder with its list',
  (_, parts, shardSize) => {
    let shop: PackWorkshop;
    const sources = new Map<string, FaceSource>();
    const rows: Row[] = [];
    beforeAll(async () => {
      shop = await PackWorkshop.open();
      const fixture = (name: string) =>
        readFile(new URL(`../fixtures/parquet/${name}`, import.meta.url));
      const expected = JSON.parse((await fixture('rows.json')).toString()) as Record<string, Row[]>;
      for (const part of parts) {
        await shop.write(`parquet/${part}`, await fixture(part));
        rows.push(...expected[part]!);
      }
      for (const [row, { picture }] of rows.entries())
        await shop.write(`listed/pictures/${row}.jpg`, Buffer.from(picture, 'base64'));
      await shop.write(
        'listed/ms1m_list.txt',
        rows.map(({ label }, row) => `pictures/${row}.jpg ${label}`).join('\n'),
      );
      // The pictures of the fixtures can't be decoded.
      const keepsAll = { keepsAll: true };
      const parquet = join(shop.root, 'parquet');
      const [tar, recordio, fromTar] = [shop.newFolder(), shop.newFolder(), shop.newFolder()];
      await shop.pack({ source: parquet, out: tar, shardSize }, keepsAll);
      await shop.pack({ source: parquet, out: recordio, form: 'recordio' }, keepsAll);
      await shop.pack({ source: tar, out: fromTar, form: 'recordio' }, keepsAll);
      // Blocks of a table are as large as the shards; by default both have 8192 rows.
      const table = async (path: string) => {
        const source = await openSource(path);
        if (!(source instanceof TableSource)) throw new Error(`${path} is no table`);
        return new TableSource(source.table, { blockRows: shardSize });
      };
      sources.set('parquet', await table(parquet));
      sources.set('tar', await openSource(tar));
      sources.set('recordio', await table(recordio));
      sources.set('recordio of the tar', await table(fromTar));
      sources.set('folder', await table(join(shop.root, 'listed')));
    });
    afterAll(() => shop.close());

    const inOwnOrder = () => rows.map(({ label, picture }) => [label, picture]);

    it('hold the rows in the order of the pyarrow fixture', async () => {
      for (const source of sources.values())
        expect(await orderOf(source, {})).toEqual(inOwnOrder());
    });

    it('have the same order by blocks for the same seed, epoch, buffer and skip', async () => {
      const seen = new Set<string>();
      for (const seed of [1, 777]) {
        for (const epoch of [0, 3]) {
          for (const shuffleBuffer of [0, 1, 4, 100]) {
            for (const skip of [0, 1, 7]) {
              const options = { seed, epoch, shuffleBuffer, skip, shuffle: 'blocks' } as const;
              const orders = await Promise.all(
                [...sources.values()].map((source) => orderOf(source, options)),
              );
              expect(orders[0]).toHaveLength(rows.length - skip);
              for (const order of orders) expect(order).toEqual(orders[0]);
              if (shuffleBuffer > 0) seen.add(JSON.stringify([skip, orders[0]]));
            }
          }
        }
      }
      // Each seed, epoch and buffer size has its own order.
      expect(seen.size).toBe(2 * 2 * 3 * 3);
    });

    it('have the same global shuffle, except tars, which have none', async () => {
      const tables = [...sources].filter(([name]) => name !== 'tar').map(([, source]) => source);
      for (const seed of [1, 777]) {
        for (const skip of [0, 7]) {
          const orders = await Promise.all(
            tables.map((source) =>
              orderOf(source, { seed, epoch: 2, shuffleBuffer: 8, skip, shuffle: 'global' }),
            ),
          );
          expect(orders[0]).toHaveLength(rows.length - skip);
          expect(orders[0]).not.toEqual(inOwnOrder().slice(skip));
          for (const order of orders) expect(order).toEqual(orders[0]);
        }
      }
    });
  },
);
