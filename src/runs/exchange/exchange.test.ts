import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader, ZipWriter } from '@zip.js/zip.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainKeptRun } from '../../../test/fixtures/kept-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { joinedBytes } from '../../formats/bytes/joined-bytes';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import type { FileStore } from '../../formats/bytes/file-store';
import {
  CHECKPOINT_FILE,
  PREVIOUS_CHECKPOINT_FILE,
} from '../../training/checkpoint/checkpoint-writer';
import { readSavedRun } from '../../training/checkpoint/saved-run';
import { CURVES_FILE } from '../curves/curve-file';
import { VALIDATIONS_FILE } from '../curves/validation-file';
import { HEAD_FILE } from '../kept-run';
import { MANIFEST_FILE, readManifest, writeManifest } from '../manifest/manifest-file';
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

  it('is taken without the steps that it has lost, which are counted', async () => {
    const files = await unzipped(exported);
    const curves = files.get(CURVES_FILE)!;
    const all = (await (await library.open(id)).curves()).step.length;
    for (const [size, lost] of [
      [curves.length - 128, '1 step'],
      [curves.length - 129, '2 steps'],
    ] as const) {
      const told: string[] = [];
      const other = new RunLibrary(new MemoryFileStore(), { onProblem: (text) => told.push(text) });
      const cut = new Map(files).set(CURVES_FILE, curves.subarray(0, size));
      await other.importRun(sourceOf(await zipped(cut)));
      expect(told).toEqual([`calm-river: Its curves lack ${lost}, which can't be read.`]);
      const { step } = await (await other.open(id)).curves();
      expect(step).toHaveLength(all - Number.parseInt(lost));
    }
    for (const size of [0, 10]) {
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

describe('a run that its program did not end', () => {
  /** Exports and imports a copy of the run, of which something was changed. */
  async function goesThrough(change: (folder: FileStore) => Promise<void>) {
    const told: string[] = [];
    const mine = new RunLibrary(new MemoryFileStore(), { onProblem: (text) => told.push(text) });
    await mine.importRun(sourceOf(exported));
    await change(mine.runs.folder(id));
    const other = new RunLibrary(new MemoryFileStore());
    const summary = await other.importRun(sourceOf(await collected(await mine.exportRun(id))));
    return { told, summary, run: await other.open(id), mine };
  }

  it('is exported without the row that was being written', async () => {
    const { told, run } = await goesThrough(async (folder) => {
      for (const name of [CURVES_FILE, VALIDATIONS_FILE]) {
        const bytes = (await folder.read(name))!;
        await folder.write(name, joinedBytes([bytes, bytes.subarray(24, 84)]));
      }
    });
    expect(told).toEqual([]);
    expect(await run.curves()).toEqual(await (await library.open(id)).curves());
    expect(await run.validations()).toEqual(await (await library.open(id)).validations());
  });

  it('is exported with the checkpoint that it would go on from', async () => {
    const step = (await library.open(id)).manifest.checkpointStep!;
    const before = await goesThrough((folder) =>
      folder.rename(CHECKPOINT_FILE, PREVIOUS_CHECKPOINT_FILE),
    );
    expect(before.summary.checkpointStep).toBe(step);
    expect((await readSavedRun(before.run.folder))!.warning).toBeNull();
    const late = await goesThrough(async (folder) => {
      const manifest = (await readManifest(folder, id))!;
      await writeManifest(folder, { ...manifest, checkpointStep: null });
    });
    expect(late.summary.checkpointStep).toBe(step);
  });

  it('is exported without what is damaged, and that is told', async () => {
    const { told, summary } = await goesThrough(async (folder) => {
      for (const name of [HEAD_FILE, CHECKPOINT_FILE]) {
        const bytes = (await folder.read(name))!;
        bytes[bytes.length - 6]! ^= 4;
        await folder.write(name, bytes);
      }
    });
    expect(told).toHaveLength(2);
    for (const sentence of told)
      expect(sentence).toMatch(/^calm-river: .* is damaged.* It is not in the exported file\.$/);
    expect(summary).toMatchObject({ hasHead: false, checkpointStep: null });
  });
});
