import { beforeAll, describe, expect, it } from 'vitest';
import { trainKeptRun } from '../../../test/fixtures/kept-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import type { FileStore } from '../../formats/bytes/file-store';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { CHECKPOINT_FILE } from '../../training/checkpoint/checkpoint-writer';
import { MANIFEST_FILE } from '../manifest/manifest-file';
import { RunLibrary } from '../run-library';

const original = new Map<string, Uint8Array>();
let finished: Awaited<ReturnType<typeof trainKeptRun>>['manifest'];

beforeAll(async () => {
  await startNodeWasm();
  const run = await trainKeptRun(new RunLibrary(new MemoryFileStore()));
  finished = run.manifest;
  for (const { name } of await run.folder.list())
    original.set(name, (await run.folder.read(name))!);
}, 60_000);

/** A store with the run as its program left it when it died. */
async function left(changes: Partial<typeof finished>): Promise<MemoryFileStore> {
  const store = new MemoryFileStore();
  const folder = store.folder('runs').folder(finished.id);
  for (const [name, bytes] of original) await folder.write(name, bytes);
  const library = new RunLibrary(store);
  await library.update(finished.id, (manifest) => ({ ...manifest, ...changes }));
  return store;
}

/** Counts the writes of manifests. */
function counting(store: FileStore, counts: { writes: number }): FileStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'folder') return (inner: string) => counting(target.folder(inner), counts);
      const method = Reflect.get(target, name) as (...values: unknown[]) => unknown;
      if (typeof method !== 'function') return method;
      return (...values: unknown[]) => {
        if (name === 'write' && values[0] === MANIFEST_FILE) counts.writes++;
        return method.apply(target, values);
      };
    },
  });
}

describe('a library that puts in order what a dead program left', () => {
  it('finds the checkpoint that was saved and not noted', async () => {
    const { step, epoch } = finished;
    const store = await left({
      state: 'running',
      step: 0,
      epoch: 0,
      checkpointStep: null,
      hasEnded: false,
    });
    await new RunLibrary(store).tidy();
    const found = (await new RunLibrary(store).list()).runs[0];
    expect(found).toMatchObject({
      state: 'interrupted',
      step,
      epoch,
      checkpointStep: step,
      hasEnded: true,
    });
  });

  it('keeps steps that were recorded after the checkpoint', async () => {
    const store = await left({ state: 'running', step: 1000, checkpointStep: 3 });
    await new RunLibrary(store).tidy();
    const { manifest } = await new RunLibrary(store).open(finished.id);
    expect(manifest).toMatchObject({ step: 1000, checkpointStep: finished.step });
  });

  it('writes a manifest once, not at every start', async () => {
    const store = await left({ state: 'running' });
    const counts = { writes: 0 };
    await new RunLibrary(counting(store, counts)).tidy();
    expect(counts.writes).toBe(1);
    const without = await left({ state: 'running', checkpointStep: null });
    await without.folder('runs').folder(finished.id).remove(CHECKPOINT_FILE);
    for (let start = 0; start < 2; start++) {
      await new RunLibrary(counting(without, counts)).tidy();
      expect(counts.writes).toBe(2);
    }
    await new RunLibrary(counting(store, counts)).tidy();
    expect(counts.writes).toBe(2);
  });

  it('gives a run a star whose manifest no longer says whether it had one', async () => {
    for (const torn of ['{"version": 1, "id":', null]) {
      const store = await left({ note: 'the best' });
      const folder = store.folder('runs').folder(finished.id);
      if (torn === null) await folder.remove(MANIFEST_FILE);
      else await folder.write(MANIFEST_FILE, new TextEncoder().encode(torn));
      const { runs, problems } = await new RunLibrary(store).list();
      expect(runs).toEqual([
        expect.objectContaining({ isStarred: true, checkpointStep: finished.checkpointStep }),
      ]);
      expect(problems).toEqual([expect.stringContaining('It has a star now')]);
      expect((await new RunLibrary(store).list()).problems).toEqual([]);
    }
  });

  it('tells of a run that it can’t put in order, and goes on with the others', async () => {
    const store = await left({ state: 'running' });
    const runs = store.folder('runs');
    const other = runs.folder('other');
    for (const [name, bytes] of original) await other.write(name, bytes);
    const library = new RunLibrary(store);
    const text = new TextDecoder().decode((await runs.folder(finished.id).read(MANIFEST_FILE))!);
    await other.write(
      MANIFEST_FILE,
      new TextEncoder().encode(text.replaceAll(finished.id, 'other')),
    );
    // A folder in a file's place can't be read.
    const bad = runs.folder(finished.id);
    await bad.remove(CHECKPOINT_FILE);
    await bad.folder(CHECKPOINT_FILE).write('x', Uint8Array.of(1));
    await store.folder('trash').write('gone', new Uint8Array());
    await runs.folder('gone').write('x', Uint8Array.of(1));
    const file = await runs.folder('gone').openInPlace('x');
    const told: string[] = [];
    const again = new RunLibrary(store, {
      onProblem: (sentence) => told.push(sentence),
      now: () => Date.now() + 1e6,
    });
    await again.tidy();
    file.close();
    expect(told).toEqual([
      expect.stringMatching(/^The removed run gone can't be deleted: /),
      expect.stringMatching(/^The run .* can't be put in order: run\.safetensors is a folder/),
    ]);
    expect((await library.open('other')).manifest.state).toBe('interrupted');
    expect((await library.open(finished.id)).manifest.state).toBe('running');
  });
});
