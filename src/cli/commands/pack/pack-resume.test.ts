import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  basics,
  filesIn,
  PackWorkshop,
  pngOf,
  quiet,
  recordsOf,
  shown,
} from '../../../../test/fixtures/pack-workshop';
import { PackFolder } from './pack-folder';
import { packSets, type PackRequest } from './pack-sets';

let shop: PackWorkshop;
beforeAll(async () => {
  shop = await PackWorkshop.open();
});
afterAll(() => shop.close());

/** Fails after a number of operations, as a killed process does: unwritten bytes are lost. */
class MortalFolder extends PackFolder {
  constructor(
    root: string,
    public left: number,
  ) {
    super(root);
  }

  #live(): void {
    if (--this.left === 0) throw new Error('killed');
  }

  override async append(path: string, bytes: Uint8Array): Promise<void> {
    await super.append(path, bytes);
    this.#live();
  }

  override async sync() {
    const lengths = await super.sync();
    this.#live();
    return lengths;
  }

  override async finish(path: string): Promise<void> {
    await super.finish(path);
    this.#live();
  }

  override async discard(path: string): Promise<void> {
    await super.discard(path);
    this.#live();
  }
}

describe('a killed pack', () => {
  it.each<[string, Partial<PackRequest>]>([
    ['tar shards', {}],
    ['shuffled tar shards', { shuffle: true }],
    ['tar shards held out and renumbered', { holdOut: 0.4, relabel: true, identities: 6 }],
    ["InsightFace's RecordIO", { form: 'recordio' }],
    ["im2rec's RecordIO, held out", { form: 'recordio', shuffle: true, holdOut: 0.4 }],
  ])('can be resumed from any moment, and ends with the same bytes: %s', async (_, request) => {
    const whole = shop.newFolder();
    const summary = await shop.pack({ ...request, out: whole });
    const expected = await filesIn(whole);
    let died = 0;
    for (let moment = 1; ; moment += 7) {
      const out = shop.newFolder();
      const killed = await shop
        .pack(
          { ...request, out },
          { folderAt: (root) => new MortalFolder(root, moment), checkpointRecords: 5 },
        )
        .then(
          () => false,
          (thrown: Error) => thrown.message === 'killed',
        );
      if (!killed) break;
      died++;
      // Killed a second time, unless the pack is finished.
      await shop
        .pack(
          { ...request, out },
          { folderAt: (root) => new MortalFolder(root, 20), checkpointRecords: 5 },
        )
        .catch(() => undefined);
      const resumed = await shop.pack({ ...request, out }, { checkpointRecords: 5 });
      expect({ ...resumed, wasComplete: false }).toEqual(summary);
      expect(await filesIn(out)).toEqual(expected);
      await rm(out, { recursive: true });
    }
    expect(died).toBeGreaterThan(8);
  });

  it('resumes in the other layout if it has found that people are not grouped', async () => {
    const source = shop.newFolder();
    await shop.pack({ out: source, shuffle: true });
    const whole = shop.newFolder();
    await shop.pack({ source, out: whole, form: 'recordio' });
    const expected = await filesIn(whole);
    expect(Buffer.from(expected['train.idx']!, 'base64').toString().startsWith('0\t0\n')).toBe(
      true,
    );
    for (const moment of [1, 2, 3, 5, 9, 20, 60]) {
      const out = shop.newFolder();
      await expect(
        shop.pack(
          { source, out, form: 'recordio' },
          { folderAt: (root) => new MortalFolder(root, moment), checkpointRecords: 5 },
        ),
      ).rejects.toThrow('killed');
      await shop.pack({ source, out, form: 'recordio' });
      expect(await filesIn(out)).toEqual(expected);
    }
  });

  it('remembers the keys that were given before when it is resumed', async () => {
    for (let i = 0; i < 15; i++) {
      await shop.write(`pairs/p/1_${i}.jpg`, pngOf(`one ${i}`));
      await shop.write(`pairs/p_1/${i}.jpg`, pngOf(`other ${i}`));
    }
    const request = { source: join(shop.root, 'pairs'), shuffle: true };
    const whole = shop.newFolder();
    expect((await shop.pack({ ...request, out: whole })).sets[0]).toMatchObject({
      images: 30,
      renamed: 15,
    });
    const out = shop.newFolder();
    await expect(
      shop.pack(
        { ...request, out },
        { folderAt: (root) => new MortalFolder(root, 24), checkpointRecords: 5 },
      ),
    ).rejects.toThrow('killed');
    expect((await shop.pack({ ...request, out })).sets[0]).toMatchObject({
      images: 30,
      renamed: 15,
    });
    expect(await filesIn(out)).toEqual(await filesIn(whole));
  });

  it('resumes after the operating system killed the process', async () => {
    for (let i = 0; i < 900; i++)
      await shop.write(`many/person/${i}.jpg`, pngOf([i & 255, i >> 8]));
    const [out, whole] = [shop.newFolder(), shop.newFolder()];
    const request = { ...basics, source: join(shop.root, 'many'), shardSize: 60 };
    // Killed as soon as it says that it has begun.
    const script = `import { packSets } from '${new URL('pack-sets.ts', import.meta.url).href}';
      const none = () => undefined;
      const done = (count) => count === 500 && process.stdout.write('go');
      const silent = { opened: none, begin: none, end: none, skipped: none, retrying: none };
      const request = ${JSON.stringify({ ...request, out })};
      await packSets(request, { ...silent, done }, { checkpointRecords: 100 });`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
    child.stdout.once('data', () => child.kill('SIGKILL'));
    expect(await ended).toBe('SIGKILL');
    const left = JSON.parse(await readFile(join(out, 'pack.json'), 'utf8')) as {
      progress: { stage: string; checkpoint: { read: number } };
    };
    expect(left.progress.stage).toBe('writing');
    expect(left.progress.checkpoint.read).toBeGreaterThanOrEqual(400);
    await packSets({ ...request, out }, quiet);
    await packSets({ ...request, out: whole }, quiet);
    expect(await filesIn(out)).toEqual(await filesIn(whole));
  });

  it('is not resumed if its source was changed', async () => {
    for (let i = 0; i < 20; i++)
      await shop.write(`changing/person/${i}.jpg`, pngOf(`picture ${i}`));
    const request = { source: join(shop.root, 'changing'), out: shop.newFolder() };
    await expect(
      shop.pack(request, { folderAt: (root) => new MortalFolder(root, 35), checkpointRecords: 5 }),
    ).rejects.toThrow('killed');
    await shop.write('changing/person/4.jpg', pngOf('another picture'));
    await expect(shop.pack(request)).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringContaining('its record 5 is another one'),
    });
  });
});

it('stops at a shard that can’t be fetched, and resumes when it can', async () => {
  const shards = shop.newFolder();
  await shop.pack({ out: shards, shardSize: 20 });
  let isDown = true;
  const server = createServer((request, response) => {
    const name = basename(request.url!);
    if (isDown && name === 'set-0001.tar') response.writeHead(503).end();
    else void readFile(join(shards, name)).then((bytes) => response.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const source = `http://127.0.0.1:${(server.address() as AddressInfo).port}/manifest.json`;
    const out = shop.newFolder();
    await expect(shop.pack({ source, out })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('set-0001.tar'),
    });
    isDown = false;
    const { sets } = await shop.pack({ source, out });
    expect(sets[0]!.images).toBe(34);
    expect(shown(await recordsOf(out))).toEqual(shown(await recordsOf(shards)));
  } finally {
    server.close();
  }
});
