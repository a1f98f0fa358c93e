import { beforeEach, describe, expect, it } from 'vitest';
import { stepsBetween } from '../../../test/fixtures/run-steps';
import { smallConfig } from '../../../test/fixtures/small-run';
import { BlobByteSource, type ByteSource } from '../../formats/bytes/byte-source';
import { joinedBytes } from '../../formats/bytes/joined-bytes';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { CURVES_FILE } from '../curves/curve-file';
import { VALIDATIONS_FILE } from '../curves/validation-file';
import type { RunLock } from '../keeping/run-work';
import { RunLibrary } from '../run-library';
import { RunRecorder } from '../run-recorder';

let exported: Uint8Array;
let id: string;
beforeEach(async () => {
  const library = new RunLibrary(new MemoryFileStore());
  const run = await library.create({
    config: smallConfig(),
    backbone: { name: 'tile means', hash: 'small' },
    machine: 'wasm',
  });
  id = run.id;
  const onError = (error: Error) => expect.unreachable(error.message);
  const recorder = await RunRecorder.open(library, run, { fromStep: 0, onError });
  recorder.take({ type: 'steps', metrics: stepsBetween(1, 9) });
  await recorder.end('stopped', null);
  const parts: Uint8Array[] = [];
  for await (const chunk of await library.exportRun(id)) parts.push(chunk.slice());
  exported = joinedBytes(parts);
});

const sourceOf = (bytes: Uint8Array): ByteSource =>
  new BlobByteSource('run.scfrun', new Blob([bytes as BlobPart]));

/** A lock as tabs have it: one holder of a name at a time, in all libraries that share it. */
function sharedLock(): RunLock {
  const held = new Map<string, Promise<unknown>>();
  const holding = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const result = (held.get(name) ?? Promise.resolve()).then(work);
    const ended: Promise<unknown> = result
      .catch(() => undefined)
      .then(() => held.get(name) === ended && held.delete(name));
    held.set(name, ended);
    return result;
  };
  return {
    exclusively: holding,
    ifFree: async (name, work) => {
      if (held.has(name)) return false;
      await holding(name, work);
      return true;
    },
  };
}

/** A store that writes the second file of a run only once `go` is called. */
function pausing(store: MemoryFileStore) {
  let go = () => undefined as void;
  let begun = () => undefined as void;
  const gone = new Promise<void>((resolve) => (go = resolve));
  const isWriting = new Promise<void>((resolve) => (begun = resolve));
  const wrapped = (inner: MemoryFileStore): MemoryFileStore =>
    new Proxy(inner, {
      get(target, name) {
        if (name === 'folder') return (each: string) => wrapped(target.folder(each));
        if (name === 'write')
          return async (file: string, content: Uint8Array) => {
            if (file === VALIDATIONS_FILE) {
              begun();
              await gone;
            }
            await target.write(file, content);
          };
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  return { store: wrapped(store), go, isWriting };
}

describe('an import', () => {
  it('that takes minutes is not purged by another program that starts meanwhile', async () => {
    const store = new MemoryFileStore();
    const { store: slow, go, isWriting } = pausing(store);
    const lock = sharedLock();
    const imported = new RunLibrary(slow, { lock }).importRun(sourceOf(exported));
    await isWriting;
    const other = new RunLibrary(store, { lock, now: () => Date.now() + 600_000 });
    await other.tidy();
    go();
    expect((await imported).id).toBe(id);
    const run = await other.open(id);
    expect((await run.curves()).step).toHaveLength(9);
    expect(await store.folder('trash').list()).toEqual([]);
  });

  it('is refused, and leaves nothing, if a file of it disappears', async () => {
    const store = new MemoryFileStore();
    const runs = store.folder('runs');
    // Another program removes the first file before the last one is written.
    const { store: slow, go, isWriting } = pausing(store);
    const imported = new RunLibrary(slow).importRun(sourceOf(exported));
    await isWriting;
    await runs.folder(id).remove(CURVES_FILE);
    go();
    await expect(imported).rejects.toThrow('curves.bin of the run disappeared');
    expect([await runs.folders(), await store.folder('trash').list()]).toEqual([[], []]);
  });

  it('gets an id of its own beside another of the same file, also at the same time', async () => {
    const store = new MemoryFileStore();
    const lock = sharedLock();
    const libraries = [new RunLibrary(store, { lock }), new RunLibrary(store, { lock })];
    const found = await Promise.all(
      libraries.map((library) => library.importRun(sourceOf(exported))),
    );
    expect(new Set(found.map((run) => run.id)).size).toBe(2);
    const { runs } = await libraries[0]!.list();
    expect(runs).toHaveLength(2);
    for (const run of runs)
      expect((await (await libraries[0]!.open(run.id)).curves()).step).toHaveLength(9);
  });
});
