import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeShards } from './make-shards';

it('reports the pictures made after each batch, and nothing if they exist', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'shards-'));
  try {
    const reports: [number, number][] = [];
    const options = {
      identities: 10,
      perIdentity: 8,
      shards: 2,
      directory,
      onProgress: (done: number, total: number) => void reports.push([done, total]),
    };
    await makeShards(options);
    expect(reports).toEqual([
      [0, 80],
      [16, 80],
      [32, 80],
      [40, 80],
      [56, 80],
      [72, 80],
      [80, 80],
    ]);
    reports.length = 0;
    await makeShards(options);
    expect(reports).toEqual([]);
  } finally {
    await rm(directory, { recursive: true });
  }
});
