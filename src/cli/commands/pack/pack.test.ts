import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PackWorkshop, recordsOf } from '../../../../test/fixtures/pack-workshop';
import { packCommand, requestOf } from './pack';

const typed = { source: 'faces', out: 'set', form: 'tar', seed: '777' } as const;

describe('requestOf', () => {
  it('makes shards of 8192 records by default', () => {
    expect(requestOf(typed)).toEqual({
      source: 'faces',
      out: 'set',
      form: 'tar',
      shardSize: 8192,
      seed: 777,
      shuffle: false,
      relabel: false,
    });
    expect(
      requestOf({ ...typed, shardSize: '50', holdOut: '0.25', identities: '9', shuffle: true }),
    ).toMatchObject({ shardSize: 50, holdOut: 0.25, identities: 9, shuffle: true });
  });

  it.each([
    [{ shardSize: '0' }, '--shard-size is "0"; a whole number from 1'],
    [{ seed: '1.5' }, '--seed is "1.5"'],
    [{ seed: '4294967296' }, '--seed is "4294967296"'],
    [{ identities: '-3' }, '--identities is "-3"'],
    [{ holdOut: '1' }, '--hold-out is "1"; a number between 0 and 1'],
    [{ holdOut: ' ' }, '--hold-out is " "'],
    [{ form: 'recordio', shardSize: '9' } as const, 'RecordIO has no shards'],
  ])('refuses values out of range: %o', (more, message) => {
    expect(() => requestOf({ ...typed, ...more })).toThrow(message);
  });
});

describe('scf pack', () => {
  let shop: PackWorkshop;
  beforeAll(async () => {
    shop = await PackWorkshop.open();
  });
  afterAll(() => shop.close());

  async function printed(...more: string[]): Promise<string> {
    const lines: string[] = [];
    const log = vi
      .spyOn(console, 'log')
      .mockImplementation((line: string) => void lines.push(line));
    const error = vi
      .spyOn(console, 'error')
      .mockImplementation((line: string) => void lines.push(line));
    try {
      await packCommand().parseAsync(['--source', shop.faces, ...more], { from: 'user' });
    } finally {
      log.mockRestore();
      error.mockRestore();
    }
    return lines.join('\n');
  }

  it('names what was left out on stderr, with --json too', async () => {
    const lines = await printed('--out', shop.newFolder(), '--json');
    expect(lines).toMatch(/^skipped .*person2\/3\.jpg is empty/m);
    expect(JSON.parse(lines.split('\n').at(-1)!)).toMatchObject({
      skipped: 2,
      leftOut: [{ kind: 'empty-file', count: 2 }],
    });
  });

  it('prints one JSON object of what it packed', async () => {
    const out = shop.newFolder();
    const asked = [
      '--out',
      out,
      '--shard-size',
      '10',
      '--hold-out',
      '0.4',
      '--seed',
      '3',
      '--json',
    ];
    const result = JSON.parse((await printed(...asked)).split('\n').at(-1)!) as {
      bytes: number;
      sets: { images: number }[];
    };
    expect(result).toMatchObject({
      images: 34,
      identities: 7,
      skipped: 2,
      renamed: 0,
      wasComplete: false,
      seconds: expect.any(Number),
    });
    expect(result.sets.map(({ images }) => images)).toEqual([
      (await recordsOf(join(out, 'train'))).length,
      (await recordsOf(join(out, 'held-out'))).length,
    ]);
    expect(JSON.parse(await printed(...asked))).toMatchObject({
      images: 34,
      bytes: result.bytes,
      wasComplete: true,
    });
  });

  it('prints in sentences what was packed, and names what was left out', async () => {
    const out = shop.newFolder();
    const first = await printed('--out', out, '--form', 'recordio');
    expect(first).toContain('skipped ');
    expect(first).toContain('person2/3.jpg is empty');
    expect(first).toContain(
      `${out} has 34 pictures of 7 people in 1 file of 0 MB, read back and compared, after`,
    );
    expect(first).toContain('Of the source 2 left out: 2 empty files.');
    expect(await printed('--out', out, '--form', 'recordio')).toBe(
      `This pack is complete: ${out} has 34 pictures of 7 people in 1 file of 0 MB.`,
    );
  });
});
