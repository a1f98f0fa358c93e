import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { setUp, stopServers } from '../fixtures/cached-epochs';
import { PackWorkshop } from '../fixtures/pack-workshop';
import type { ServedShard } from '../fixtures/shard-server';
import { createFaceSource } from '../../src/faces/sources/create-source';
import type { FaceSource } from '../../src/faces/face-source';
import { readAhead } from '../../src/faces/sources/read-ahead';
import { pause } from '../../src/core/retry';
import { HttpShardOpener, type ShardOpener } from '../../src/faces/sources/webdataset/shard-opener';
import { WebDatasetSource } from '../../src/faces/sources/webdataset/webdataset-source';
import { seededRandom } from '../../src/core/seeded-random';
import { DiskByteSource } from '../../src/cli/node/disk-byte-source';
import { runIjb } from '../../src/cli/commands/evaluate/evaluate-ijb';
import { folderFiles, openSource } from '../../src/cli/node/node-files';

/** How often each source is stopped early. */
const ROUNDS = 200;
const RECORDS = 90;

const random = seededRandom(5);
const pictures = Array.from({ length: RECORDS }, () => {
  const body = Uint8Array.from({ length: 12_000 }, () => random.int(256));
  return Uint8Array.of(0xff, 0xd8, 0xff, ...body);
});
const member = (name: string, body: Uint8Array | string) => ({
  header: { name, size: body.length, type: 'file' as const },
  body,
});
const tars = await Promise.all(
  [0, 1, 2].map((shard) =>
    packTar(
      pictures.flatMap((picture, at) =>
        at % 3 === shard ? [member(`${at}.jpg`, picture), member(`${at}.cls`, `${at % 7}`)] : [],
      ),
    ),
  ),
);

let shop: PackWorkshop;
beforeAll(async () => {
  shop = await PackWorkshop.open();
  for (const [at, tar] of tars.entries()) {
    await shop.write(`tar/${at}.tar`, tar);
    await shop.write(`tar.gz/${at}.tar.gz`, gzipSync(tar));
  }
  for (const [at, picture] of pictures.entries()) {
    await shop.write(`folder/person${at % 7}/${at}.jpg`, picture);
    await shop.write(`list/pictures/${at}.jpg`, picture);
  }
  const list = pictures.map((_, at) => `pictures/${at}.jpg ${at % 7}`).join('\n');
  await shop.write('list/ms1m_list.txt', list);
  const parquet = new URL('../fixtures/parquet/v2-none.parquet', import.meta.url);
  await shop.write('parquet/v2-none.parquet', await readFile(parquet));
  const [source, out] = [join(shop.root, 'tar'), join(shop.root, 'recordio')];
  await shop.pack({ source, out, form: 'recordio' }, { keepsAll: true });
});
afterAll(() => shop.close());
afterEach(stopServers);

const forms = ['tar', 'tar.gz', 'recordio', 'parquet', 'folder', 'list'];

/** Errors that nothing caught. */
let uncaught: unknown[] = [];
const take = (thrown: unknown) => void uncaught.push(thrown);
beforeEach(() => {
  uncaught = [];
  process.on('uncaughtException', take).on('unhandledRejection', take);
});
afterEach(() => void process.off('uncaughtException', take).off('unhandledRejection', take));

/** Files of the test that this process has open; empty on systems other than Linux. */
async function openFiles(): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const names = await readdir('/proc/self/fd');
  const closed = () => '';
  const links = names.map((name) => readlink(`/proc/self/fd/${name}`).catch(closed));
  return (await Promise.all(links)).filter((link) => link.startsWith(shop.root));
}

async function expectNothingLeft(): Promise<void> {
  await vi.waitFor(async () => expect(await openFiles()).toEqual([]), 5000);
  await pause(20);
  expect(uncaught).toEqual([]);
}

/**
 * Reads some records and stops: leaves the loop, or aborts and reads until that takes effect. The
 * round decides whether records are read ahead, and whether it waits until the streams are full.
 */
async function endEarly(source: FaceSource, round: number): Promise<void> {
  const stop = new AbortController();
  const shuffleBuffer = round % 5 === 0 ? 8 : 0;
  const records = source.open({ seed: round, epoch: 0, shuffleBuffer, signal: stop.signal });
  const ahead = round % 2 === 0 ? readAhead(records, 1 + (round % 3)) : records;
  let remaining = round % 11;
  try {
    for await (const record of ahead) {
      expect(record.encoded.length).toBeGreaterThan(0);
      if (remaining > 0) {
        remaining--;
        continue;
      }
      if (round % 3 === 0) await pause(2);
      if (round % 4 < 2) break;
      stop.abort();
    }
  } catch (thrown) {
    expect(thrown).toBe(stop.signal.reason);
  }
}

describe.each(forms)('a source of the form %s that is stopped early', (form) => {
  it('opened by its path, ends quietly and leaves no file open', async () => {
    const source = await openSource(join(shop.root, form));
    for (let round = 0; round < ROUNDS; round++) await endEarly(source, round);
    await expectNothingLeft();
  });

  it('made of picked files, as in the page, ends quietly', async () => {
    const files = await folderFiles(join(shop.root, form));
    const picked = await Promise.all(
      files.map(async (file) => ({
        path: file.path,
        file: new File([new Uint8Array(await file.read())], file.path),
      })),
    );
    const source = await createFaceSource({ kind: 'files', name: form, files: picked }, '');
    for (let round = 0; round < ROUNDS; round++) await endEarly(source, round);
    await expectNothingLeft();
  });
});

describe.each(['tar', 'tar.gz'])('shards at addresses, .%s, that are stopped early', (form) => {
  const names = tars.map((_, at) => `${at}.${form}`);
  const files = names.map((name, at): [string, ServedShard] => {
    const bytes = form === 'tar' ? tars[at]! : gzipSync(tars[at]!);
    return [name, { bytes, headers: { ETag: '"one"' } }];
  });
  const shards = names.map((name) => ({ name }));
  const sourceOf = (opener: ShardOpener) => new WebDatasetSource(form, { shards }, opener);

  it('end quietly', async () => {
    const { server } = await setUp(files);
    const source = sourceOf(new HttpShardOpener(server.base));
    for (let round = 0; round < ROUNDS; round++) await endEarly(source, round);
    await expectNothingLeft();
  });

  it('end quietly while they are cached, and when read from the cache', async () => {
    const { opener, cache, folder } = await setUp(files);
    const source = sourceOf(opener);
    for (let round = 0; round < ROUNDS; round++) {
      // The rounds after this one read what was cached.
      if (round % 20 === 0) await cache.clear();
      await endEarly(source, round);
    }
    await vi.waitFor(() => expect(folder.writers).toBe(0));
    await expectNothingLeft();
  });
});

it('a stream that is cancelled during a read closes its file', async () => {
  const source = await DiskByteSource.open(join(shop.root, 'tar', '0.tar'));
  for (let round = 0; round < ROUNDS; round++) {
    const reader = (await source.stream(0)).getReader();
    for (let read = 0; read < round % 3; read++) await reader.read();
    // By then, Node's own stream of a file would have read further.
    if (round % 2 === 0) await pause(1);
    const reading = reader.read();
    await reader.cancel();
    await reading;
  }
  await expectNothingLeft();
});

it('a release of IJB with a missing list leaves no other list open', async () => {
  for (const ending of ['face_tid_mid.txt', 'template_pair_label.txt']) {
    await shop.write(`ijb/meta/x_${ending}`, '1.jpg 1 1\n');
  }
  const yes = 'yes' as const;
  const options = {
    head: [],
    backbone: '',
    policy: 'ijb-published' as const,
    detectorScore: yes,
    norm: yes,
    models: '',
  };
  const missing = 'has no file whose name ends in name_5pts_score.txt';
  await expect(runIjb(join(shop.root, 'ijb'), options)).rejects.toThrow(missing);
  await pause(50);
  await expectNothingLeft();
});

it('a stream of a removed file fails at every read', async () => {
  const path = 'gone/0.tar';
  await shop.write(path, tars[0]!);
  const source = await DiskByteSource.open(join(shop.root, path));
  await rm(source.path);
  const reader = (await source.stream(0)).getReader();
  await expect(reader.read()).rejects.toThrow('ENOENT');
  await expect(reader.read()).rejects.toThrow('ENOENT');
  await expectNothingLeft();
});
