import { mkdtemp, open, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DiskByteSource } from './disk-byte-source';

it('reads a file beyond 4 GiB at any offset, and reports a shortened file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'scf-disk-'));
  try {
    const path = join(folder, 'train.rec');
    const far = 5_000_000_000;
    const file = await open(path, 'w');
    // A sparse file takes no disk space.
    await file.write('far away', far);
    await file.close();
    const source = await DiskByteSource.open(path);
    expect(source.size).toBe(far + 8);
    expect(new TextDecoder().decode(await source.read(far, 8))).toBe('far away');
    expect(await new Response(await source.stream(far + 4)).text()).toBe('away');
    await expect(source.read(far, 9)).rejects.toThrow('5000000008 bytes');
    await truncate(path, 10);
    await expect(source.read(8, 4)).rejects.toThrow('has become shorter');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
