import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader, ZipWriter } from '@zip.js/zip.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainKeptRun } from '../../../test/fixtures/kept-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { joinedBytes } from '../../formats/bytes/joined-bytes';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { CURVES_FILE } from '../curves/curve-file';
import { MANIFEST_FILE } from '../manifest/manifest-file';
import { RunLibrary } from '../run-library';
import { exchangedFiles } from './run-files';

type Files = Map<string, Uint8Array>;

const sourceOf = (bytes: Uint8Array) =>
  new BlobByteSource('calm-river.scfrun', new Blob([bytes as BlobPart]));

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk.slice());
  return joinedBytes(parts);
}

async function unzipped(bytes: Uint8Array): Promise<Files> {
  const files: Files = new Map();
  for (const entry of await new ZipReader(new Uint8ArrayReader(bytes)).getEntries())
    if (!entry.directory) files.set(entry.filename, await entry.getData(new Uint8ArrayWriter()));
  return files;
}

async function zipped(files: Files, level = 0): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { level });
  for (const [name, bytes] of files) await zip.add(name, new Uint8ArrayReader(bytes));
  return zip.close();
}

let library: RunLibrary;
let id: string;
let exported: Uint8Array;

beforeAll(async () => {
  await startNodeWasm();
  library = new RunLibrary(new MemoryFileStore());
  const run = await trainKeptRun(library);
  id = run.id;
  await library.label(id, { name: 'calm-river', note: 'the best', isStarred: true });
  exported = await collected(await library.exportRun(id));
});

/** Imports into an empty library, and expects that a refusal leaves nothing behind. */
async function refusal(bytes: Uint8Array): Promise<string> {
  const store = new MemoryFileStore();
  const other = new RunLibrary(store);
  const thrown = await other.importRun(sourceOf(bytes)).then(
    () => expect.unreachable('It was imported.'),
    (error: Error) => error,
  );
  expect(thrown).toMatchObject({ name: 'StudioError', code: 'bad-checkpoint' });
  expect(await store.folder('runs').folders()).toEqual([]);
  expect(await store.folder('trash').list()).toEqual([]);
  return thrown.message;
}

describe('an exported run', () => {
  it('is the same in another store: files, labels, curves and settings', async () => {
    const store = new MemoryFileStore();
    const other = new RunLibrary(store);
    const summary = await other.importRun(sourceOf(exported));
    expect(summary).toMatchObject({
      id,
      name: 'calm-river',
      note: 'the best',
      isStarred: true,
      state: 'finished',
      origin: 'imported',
      data: { name: 'memory.json', fingerprint: 'memory' },
      hasHead: true,
    });
    const [mine, theirs] = [await library.open(id), await other.open(id)];
    for (const name of exchangedFiles)
      if (name !== MANIFEST_FILE)
        expect(await theirs.folder.read(name), name).toEqual(await mine.folder.read(name));
    expect(await theirs.curves()).toEqual(await mine.curves());
    expect((await other.list()).runs).toHaveLength(1);
  });

  it('gets an id of its own where there is one of its id, also a removed one', async () => {
    const other = new RunLibrary(new MemoryFileStore());
    const first = await other.importRun(sourceOf(exported));
    await other.remove(first.id);
    const second = await other.importRun(sourceOf(exported));
    expect(second.id).not.toBe(first.id);
    expect(second.name).toBe('calm-river');
    await other.restore(first.id);
    expect((await other.list()).runs).toHaveLength(2);
  });

  it('is taken compressed too', async () => {
    const other = new RunLibrary(new MemoryFileStore());
    const packed = await zipped(await unzipped(exported), 6);
    expect(packed.length).toBeLessThan(exported.length);
    expect(await other.importRun(sourceOf(packed))).toMatchObject({ id });
  });

  it('is refused with curves that are cut short, at any place', async () => {
    const files = await unzipped(exported);
    const curves = files.get(CURVES_FILE)!;
    for (const size of [0, 10, curves.length - 128, curves.length - 1]) {
      const cut = new Map(files).set(CURVES_FILE, curves.subarray(0, size));
      expect(await refusal(await zipped(cut))).toContain(`its ${CURVES_FILE} is damaged`);
    }
  });

  it('is refused wherever a byte of it is damaged, or it is cut off', async () => {
    for (let at = 0; at < exported.length; at += Math.ceil(exported.length / 60)) {
      const bytes = exported.slice();
      bytes[at]! ^= 0x55;
      const other = new RunLibrary(new MemoryFileStore());
      const found = await other.importRun(sourceOf(bytes)).catch((error: Error) => error);
      // Where it is taken, all that it holds is the same.
      if (found instanceof Error) expect(found).toMatchObject({ name: 'StudioError' });
      else {
        const [mine, theirs] = [await library.open(id), await other.open(id)];
        for (const name of exchangedFiles)
          if (name !== MANIFEST_FILE)
            expect(await theirs.folder.read(name)).toEqual(await mine.folder.read(name));
      }
    }
    for (const size of [0, 100, exported.length / 2, exported.length - 1])
      await refusal(exported.subarray(0, Math.floor(size)));
  });

  it('is refused with files that are no run’s, and paths that lead out of it', async () => {
    const files = await unzipped(exported);
    for (const name of ['../evil', '/etc/passwd', 'a/curves.bin', 'notes.txt', '..\\evil']) {
      const message = await refusal(await zipped(new Map(files).set(name, Uint8Array.of(1))));
      expect(message).toMatch(/which is no file of a run|Unsafe filename/);
    }
    files.delete(MANIFEST_FILE);
    expect(await refusal(await zipped(files))).toContain('no manifest.json');
    expect(await refusal(new TextEncoder().encode('rubbish'))).toContain('is no exported run');
  });

  it('is refused where it doesn’t fit, and leaves nothing', async () => {
    const store = new MemoryFileStore(exported.length / 2);
    const other = new RunLibrary(store);
    await expect(other.importRun(sourceOf(exported))).rejects.toMatchObject({
      code: 'storage-full',
    });
    expect(await store.folder('runs').folders()).toEqual([]);
  });
});
