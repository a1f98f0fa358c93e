import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeShards } from './make-shards';

it('tells how many of the demo faces are made, batch by batch, and nothing where they are there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'shards-'));
  try {
    const told: [number, number][] = [];
    const options = {
      identities: 10,
      perIdentity: 8,
      shards: 2,
      directory,
      onProgress: (done: number, total: number) => void told.push([done, total]),
    };
    await makeShards(options);
    expect(told).toEqual([
      [0, 80],
      [16, 80],
      [32, 80],
      [40, 80],
      [56, 80],
      [72, 80],
      [80, 80],
    ]);
    told.length = 0;
    await makeShards(options);
    expect(told).toEqual([]);
  } finally {
    await rm(directory, { recursive: true });
  }
});
