import { beforeAll, describe, expect, it } from 'vitest';
import { trainKeptRun } from '../../test/fixtures/kept-run';
import { startNodeWasm } from '../cli/node/node-backend';
import { seededRandom, type SeededRandom } from '../core/seeded-random';
import type { FileStore } from '../formats/bytes/file-store';
import { MemoryFileStore } from '../formats/bytes/memory-file-store';
import { readSavedRun } from '../training/checkpoint/saved-run';
import { CHECKPOINT_FILE } from '../training/checkpoint/checkpoint-writer';
import { CURVES_FILE } from './curves/curve-file';
import { VALIDATIONS_FILE } from './curves/validation-file';
import { HEAD_FILE } from './kept-run';
import { MANIFEST_FILE } from './manifest/manifest-file';
import { RunLibrary } from './run-library';

const DAMAGES = 1000;
const files = [MANIFEST_FILE, CURVES_FILE, VALIDATIONS_FILE, HEAD_FILE, CHECKPOINT_FILE];
const original = new Map<string, Uint8Array>();
let id: string;

beforeAll(async () => {
  await startNodeWasm();
  const run = await trainKeptRun(new RunLibrary(new MemoryFileStore()));
  id = run.id;
  for (const name of files) original.set(name, (await run.folder.read(name))!);
}, 60_000);

const SOUND = 'sound';

/** A library with the run, and another whose files nobody touches. */
async function stored(): Promise<MemoryFileStore> {
  const store = new MemoryFileStore();
  const other = new TextDecoder().decode(original.get(MANIFEST_FILE)).replaceAll(id, SOUND);
  for (const [name, bytes] of original) {
    await store.folder('runs').folder(id).write(name, bytes);
    const content = name === MANIFEST_FILE ? new TextEncoder().encode(other) : bytes;
    await store.folder('runs').folder(SOUND).write(name, content);
  }
  return store;
}

const FOREIGN = [
  '',
  'rubbish',
  '{}',
  'null',
  '[1]',
  '{"version":1}',
  '<html>',
  '\u0000'.repeat(64),
];

/** Damages one file of a run. @returns what was done */
async function damage(runs: FileStore, random: SeededRandom): Promise<string> {
  const folder = runs.folder(id);
  const name = files[random.int(files.length)]!;
  const bytes = original.get(name)!.slice();
  const at = random.int(bytes.length);
  const foreign = new TextEncoder().encode(FOREIGN[random.int(FOREIGN.length)]);
  switch (random.int(6)) {
    case 0:
      for (let bit = 0; bit <= random.int(4); bit++)
        bytes[random.int(bytes.length)]! ^= 1 << random.int(8);
      await folder.write(name, bytes);
      return `bits of ${name}`;
    case 1:
      await folder.write(name, bytes.subarray(0, at));
      return `${name} cut at ${at}`;
    case 2:
      await folder.write(name, foreign);
      return `${name} of ${foreign.length} foreign bytes`;
    case 3:
      await folder.remove(name);
      return `${name} missing`;
    case 4:
      await folder.write(name, original.get(files[random.int(files.length)]!)!);
      return `${name} another file`;
    default: {
      const places = [runs, folder, runs.folder('foreign'), runs.folder('..x')];
      await places[random.int(places.length)]!.write(`${name}.x`, foreign);
      await runs.write('quota.json', foreign);
      await folder.write(name, bytes.fill(0, at));
      return `${name} zeroed from ${at}, foreign files`;
    }
  }
}

/** All bytes in a store, file by file, without their names. */
async function contents(store: FileStore): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { name } of await store.list())
    found.add(Buffer.from((await store.read(name))!).toString('base64'));
  for (const name of await store.folders())
    for (const each of await contents(store.folder(name))) found.add(each);
  return found;
}

describe('stored files that are damaged', () => {
  it(`never keep a library from opening, and nothing sound is lost: ${DAMAGES}`, async () => {
    for (let seed = 0; seed < DAMAGES; seed++) {
      const store = await stored();
      const what = `${seed}: ${await damage(store.folder('runs'), seededRandom(seed))}`;
      const before = await contents(store.folder('runs').folder(id));
      // A sound manifest may be written anew, with what the folder holds now.
      if (!what.includes(MANIFEST_FILE))
        before.delete(Buffer.from(original.get(MANIFEST_FILE)!).toString('base64'));
      const told: string[] = [];
      const library = new RunLibrary(store, { onProblem: (sentence) => told.push(sentence) });
      await library.tidy();
      const { runs } = await library.list();
      expect(
        runs.map((run) => run.id),
        what,
      ).toContain(SOUND);
      await library.room.space(runs);
      for (const summary of runs) {
        const run = await library.open(summary.id);
        await run.curves();
        await run.validations();
        await run.head();
        await readSavedRun(run.folder).catch((thrown: unknown) =>
          expect(thrown, what).toMatchObject({ name: 'StudioError' }),
        );
      }
      const sound = await library.open(SOUND);
      expect((await sound.curves()).step.length, what).toBeGreaterThan(9);
      // Every file is still there, under its name or another.
      const after = await contents(store.folder('runs').folder(id));
      for (const bytes of before) expect(after.has(bytes), what).toBe(true);
      const count = told.length;
      const again = await library.list();
      for (const summary of again.runs) await (await library.open(summary.id)).curves();
      expect([again.problems, told.length], what).toEqual([[], count]);
    }
  }, 120_000);
});
