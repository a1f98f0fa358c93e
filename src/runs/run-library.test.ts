import { beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointAt } from '../../test/fixtures/checkpoint-file';
import { stepAt, stepsBetween, validationAt } from '../../test/fixtures/run-steps';
import { smallConfig } from '../../test/fixtures/small-run';
import { MemoryFileStore } from '../formats/bytes/memory-file-store';
import {
  CHECKPOINT_FILE,
  PREVIOUS_CHECKPOINT_FILE,
} from '../training/checkpoint/checkpoint-writer';
import { readSavedRun } from '../training/checkpoint/saved-run';
import { CURVES_FILE, stepsOf } from './curves/curve-file';
import { VALIDATIONS_FILE } from './curves/validation-file';
import { MANIFEST_FILE } from './manifest/manifest-file';
import { isRunId, madeUpName, newRunId } from './manifest/run-id';
import { RunLibrary } from './run-library';
import { RunRecorder } from './run-recorder';

const begun = {
  config: smallConfig(),
  backbone: { name: 'tile means', hash: 'small' },
  machine: 'wasm · 2 threads',
};
const refused = (message: string) =>
  expect.objectContaining({ message: expect.stringContaining(message) });

let store: MemoryFileStore;
let library: RunLibrary;
let time = 1e12;
beforeEach(() => {
  store = new MemoryFileStore();
  library = new RunLibrary(store, { now: () => (time += 1000) });
});

const record = async (id: string, fromStep = 0) =>
  RunRecorder.open(library, await library.open(id), {
    fromStep,
    onError: (error) => expect.unreachable(error.message),
  });

describe('a library of runs', () => {
  it('lists what was begun, the latest first, each with a name of its own', async () => {
    expect(await library.list()).toEqual({ runs: [], problems: [] });
    const [first, second] = [await library.create(begun), await library.create(begun)];
    const { runs } = await library.list();
    expect(runs.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(runs[0]).toMatchObject({
      name: madeUpName(second.id),
      config: begun.config,
      state: 'interrupted',
      step: 0,
      hasHead: false,
    });
    expect(runs[0]!.name).toMatch(/^[a-z]+-[a-z]+$/);
    expect(runs[0]!.bytes).toBe(0);
  });

  it('changes a name, a star and a note, and nothing else', async () => {
    const { id, manifest } = await library.create(begun);
    const labels = { name: ' lr ×2 ', isStarred: true, note: 'the best' };
    const changed = await library.label(id, labels);
    expect(changed).toMatchObject({ ...manifest, ...labels, name: 'lr ×2', state: 'interrupted' });
    expect((await library.open(id)).manifest).toMatchObject({ name: 'lr ×2', state: 'running' });
    await expect(library.label(id, { name: ' ' })).rejects.toThrow(refused('0 letters'));
    await expect(library.label('../x', { name: 'a' })).rejects.toThrow(refused('no run "../x"'));
    await expect(library.open('other')).rejects.toThrow(refused('no run'));
  });

  it('keeps names that a later version wrote into a manifest', async () => {
    const { id, folder } = await library.create(begun);
    const bytes = (await folder.read(MANIFEST_FILE))!;
    const now = JSON.parse(new TextDecoder().decode(bytes));
    const later = { ...now, version: 2, weather: 'fair', config: { ...now.config, version: 9 } };
    const rewrite = (manifest: object) =>
      folder.write(MANIFEST_FILE, new TextEncoder().encode(JSON.stringify(manifest)));
    await rewrite(later);
    await library.label(id, { note: 'changed' });
    const written = new TextDecoder().decode((await folder.read(MANIFEST_FILE))!);
    expect(JSON.parse(written)).toEqual({ ...later, note: 'changed' });
    // It is not damaged where this version can't read it.
    for (const unread of [
      { ...later, state: 'archived' },
      { ...later, config: { ...later.config, method: 'scf-x' } },
    ]) {
      await rewrite(unread);
      const { runs, problems } = await new RunLibrary(store).list();
      expect([runs, problems]).toEqual([[], [expect.stringContaining('it is of version')]]);
      const kept = new TextDecoder().decode((await folder.read(MANIFEST_FILE))!);
      expect(JSON.parse(kept)).toEqual(unread);
    }
  });

  it('makes changes of one run one after another', async () => {
    const { id } = await library.create(begun);
    const changes = Array.from({ length: 10 }, () =>
      library.update(id, (manifest) => ({ ...manifest, note: `${manifest.note}x` })),
    );
    await Promise.all(changes);
    expect((await library.open(id)).manifest.note).toBe('x'.repeat(10));
  });
});

describe('a run that was removed', () => {
  it('is gone from the list, and can be taken back until it is purged', async () => {
    const { id } = await library.create(begun);
    await library.label(id, { isStarred: true });
    await library.remove(id);
    expect((await library.list()).runs).toEqual([]);
    await expect(library.open(id)).rejects.toThrow(refused('no run'));
    // Another tab starts within the minute.
    await new RunLibrary(store).tidy();
    expect(await library.restore(id)).toMatchObject({ id, isStarred: true });
    await library.remove(id);
    await new RunLibrary(store, { now: () => Date.now() + 61_000 }).tidy();
    await expect(library.restore(id)).rejects.toThrow(refused('no run'));
    expect(await store.folder('runs').folders()).toEqual([]);
    expect(await store.folder('trash').list()).toEqual([]);
  });

  it('is not removed or exported while it is trained, here or elsewhere', async () => {
    const { id } = await library.create(begun);
    const release = library.hold(id);
    await expect(library.remove(id)).rejects.toThrow(refused('being trained'));
    await expect(library.exportRun(id)).rejects.toThrow(refused('being trained'));
    release();
    const elsewhere = new RunLibrary(store, { isTrainedElsewhere: (each) => each === id });
    await expect(elsewhere.remove(id)).rejects.toThrow(refused('being trained'));
    expect((await elsewhere.list()).runs[0]!.state).toBe('running');
    await elsewhere.tidy();
    await library.remove(id);
  });
});

describe('a library that is opened again', () => {
  it('knows which runs were interrupted, and drops those that never took a step', async () => {
    const [empty, noted, trained] = [
      await library.create(begun),
      await library.create(begun),
      await library.create(begun),
    ];
    await library.label(noted.id, { note: 'later' });
    const recorder = await record(trained.id);
    recorder.take({ type: 'steps', metrics: stepsBetween(1, 3) });
    await recorder.flush(false);
    const again = new RunLibrary(store);
    await again.tidy();
    const { runs } = await again.list();
    expect(runs.map(({ id }) => id).sort()).toEqual([noted.id, trained.id].sort());
    await expect(again.open(empty.id)).rejects.toThrow(refused('no run'));
    expect((await again.open(trained.id)).manifest.state).toBe('interrupted');
  });

  it('throws away what is above its bound: ended runs first, no star, not the last', async () => {
    const told: string[] = [];
    const bounded = new RunLibrary(store, {
      now: () => (time += 1000),
      onProblem: (sentence) => told.push(sentence),
    });
    const runs: string[] = [];
    for (const [at, state] of (
      ['finished', 'stopped', 'finished', 'finished'] as const
    ).entries()) {
      const { id, folder } = await bounded.create(begun);
      runs.push(id);
      await folder.write('head.safetensors', new Uint8Array(100_000));
      await bounded.update(id, (manifest) => ({
        ...manifest,
        state,
        step: 9,
        hasEnded: state === 'finished',
        changedAt: at,
        isStarred: at === 0,
      }));
    }
    const [starred, stopped, ended, last] = runs;
    const listed = (await bounded.list()).runs;
    expect(await bounded.room.space(listed)).toMatchObject({ firstToGo: [ended, last, stopped] });
    await bounded.room.setQuota(320_000);
    expect((await bounded.list()).runs.map(({ id }) => id)).toEqual([last, stopped, starred]);
    expect(told).toEqual([expect.stringMatching(/^The run .* was thrown away/)]);
    await new RunLibrary(store).room.setQuota(1e9);
    await store.folder('runs').write('quota.json', new TextEncoder().encode('250000'));
    await bounded.room.makeRoom(last);
    expect((await bounded.list()).runs.map(({ id }) => id)).toEqual([last, starred]);
    await expect(bounded.room.setQuota(-1)).rejects.toThrow(refused('number of bytes'));
  });

  it('keeps what a damaged manifest still says, and makes the rest of the curves', async () => {
    const { id, folder } = await library.create(begun);
    const recorder = await record(id);
    recorder.take({ type: 'steps', metrics: stepsBetween(1, 12) });
    await recorder.end('stopped', null);
    await library.label(id, { name: 'the best', isStarred: false, note: 'lr ×2' });
    const written = new TextDecoder().decode((await folder.read(MANIFEST_FILE))!);
    const damaged = new TextEncoder().encode(written.replace('"stopped"', '"stopqed"'));
    await folder.write(MANIFEST_FILE, damaged);
    const { runs, problems } = await new RunLibrary(store).list();
    expect(runs).toEqual([
      expect.objectContaining({
        name: 'the best',
        isStarred: false,
        note: 'lr ×2',
        config: begun.config,
        state: 'stopped',
        step: 12,
        epoch: stepAt(12).epoch - 1,
      }),
    ]);
    expect(problems).toEqual([expect.stringContaining('stopqed')]);
    expect(await folder.read(`${MANIFEST_FILE}.damaged`)).toEqual(damaged);
    expect((await new RunLibrary(store).list()).problems).toEqual([]);
  });

  it.each(['1e300', '8.64e18', '-9e15', '0.5'])(
    'lists the others beside a run of the time %s, which is described anew',
    async (startedAt) => {
      const { id, folder, manifest } = await library.create(begun);
      const other = await library.create(begun);
      const written = new TextDecoder().decode((await folder.read(MANIFEST_FILE))!);
      const damaged = written.replace(
        `"startedAt": ${manifest.startedAt}`,
        `"startedAt": ${startedAt}`,
      );
      await folder.write(MANIFEST_FILE, new TextEncoder().encode(damaged));
      const { runs, problems } = await new RunLibrary(store).list();
      expect(runs.map((run) => run.id).sort()).toEqual([id, other.id].sort());
      for (const run of runs) new Date(run.startedAt).toISOString();
      expect(problems).toEqual([expect.stringContaining('a time in milliseconds')]);
    },
  );

  it('leaves a damaged manifest where no other can be made of the run', async () => {
    const { folder } = await library.create(begun);
    const torn = new TextEncoder().encode('{"version": 1, "id":');
    await folder.write(MANIFEST_FILE, torn);
    const again = new RunLibrary(store);
    expect((await again.list()).problems).toEqual([expect.stringContaining('is damaged: it is')]);
    expect((await folder.list()).map(({ name }) => name)).toEqual([MANIFEST_FILE]);
    expect(await folder.read(MANIFEST_FILE)).toEqual(torn);
  });
});

it('makes an id of every time that there is', () => {
  for (const time of [0, 8.64e15, -8.64e15]) expect(newRunId(time)).toSatisfy(isRunId);
});

describe('a library that another tab has too', () => {
  it('lists a run as it is there once it has heard of the change', async () => {
    const heard: string[] = [];
    const other = new RunLibrary(store, { onChange: (id) => heard.push(id) });
    const { id } = await other.create(begun);
    await library.list();
    await other.label(id, { note: 'changed' });
    for (const each of heard) library.forget(each);
    expect((await library.list()).runs[0]!.note).toBe('changed');
  });

  it('tells of a run that was removed, taken back, thrown away or dropped as empty', async () => {
    const heard: string[] = [];
    const other = new RunLibrary(store, { onChange: (id) => heard.push(id) });
    const { id } = await other.create(begun);
    const changes = [
      () => other.remove(id),
      () => other.restore(id),
      () => other.dropIfEmpty(id),
      () => other.create(begun),
    ];
    for (const change of changes) {
      heard.length = 0;
      await change();
      expect(heard.length, String(change)).toBeGreaterThan(0);
    }
    const [last] = heard;
    heard.length = 0;
    expect(await other.throwAway(last!)).toBe(true);
    expect(heard).toContain(last);
  });
});

describe('a recorder', () => {
  it('keeps steps and validations, and what the list shows', async () => {
    const { id } = await library.create(begun);
    const recorder = await record(id);
    recorder.take({ type: 'run-state', state: 'running', config: begun.config });
    recorder.take({ type: 'steps', metrics: stepsBetween(1, 20) });
    recorder.take({ type: 'validation', result: validationAt(20) });
    recorder.take({ type: 'checkpoint-saved', step: 20, epoch: 2, savedAt: 1 });
    await recorder.keepHead(Uint8Array.of(1, 2));
    await recorder.flush(false);
    expect((await library.list()).runs[0]).toMatchObject({
      state: 'running',
      step: 20,
      epoch: 2,
      spearman: validationAt(20).spearman,
      checkpointStep: 20,
      hasHead: true,
    });
    recorder.take({ type: 'run-state', state: 'finished', config: begun.config });
    await recorder.end('finished', null);
    const run = await library.open(id);
    expect(run.manifest).toMatchObject({ state: 'finished', hasEnded: true });
    expect(run.manifest.loss).toBeCloseTo(860, -2);
    expect(stepsOf(await run.curves())).toEqual(stepsBetween(1, 20));
    expect(await run.validations()).toEqual([validationAt(20)]);
  });

  it('keeps steps that come while others are being written', async () => {
    const { id } = await library.create(begun);
    const recorder = await record(id);
    recorder.take({ type: 'steps', metrics: stepsBetween(1, 2) });
    const written = recorder.flush(true);
    // While the first two are on their way to the disk, each time another turn of the loop later.
    for (let step = 3; step <= 12; step++) {
      await Promise.resolve();
      recorder.take({ type: 'steps', metrics: stepsBetween(step, step) });
    }
    await written;
    await recorder.flush(true);
    const { step } = await (await library.open(id)).curves();
    expect([...step]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    await recorder.end('stopped', null);
  });

  it('goes on from a checkpoint: what came after it is replaced', async () => {
    const { id } = await library.create(begun);
    const first = await record(id);
    first.take({ type: 'steps', metrics: stepsBetween(1, 12) });
    first.take({ type: 'validation', result: validationAt(5) });
    first.take({ type: 'validation', result: validationAt(12) });
    await first.end('stopped', null);
    const second = await record(id, 10);
    second.take({ type: 'steps', metrics: [stepAt(11, { loss: 5 })] });
    await second.flush(false);
    // The device was lost: the run went back to step 8, and is validated twice at its end.
    second.take({ type: 'steps', metrics: [stepAt(9, { loss: 6 })] });
    second.take({ type: 'validation', result: validationAt(9, 3) });
    second.take({ type: 'validation', result: validationAt(9, 4) });
    await second.end('finished', null);
    const run = await library.open(id);
    expect(stepsOf(await run.curves())).toEqual([...stepsBetween(1, 8), stepAt(9, { loss: 6 })]);
    expect(await run.validations()).toEqual([validationAt(5), validationAt(9, 4)]);
  });

  it('guards a run that is being prepared to go on, and gives its state back', async () => {
    const { id } = await library.create(begun);
    const first = await record(id);
    first.take({ type: 'steps', metrics: stepsBetween(1, 12) });
    await first.end('stopped', null);
    const second = await record(id, 10);
    // Another program, which knows no more than what the store says.
    const elsewhere: RunLibrary = new RunLibrary(store, {
      isTrainedElsewhere: async (each) => (await elsewhere.open(each)).manifest.state === 'running',
    });
    await expect(elsewhere.remove(id)).rejects.toThrow(refused('being trained'));
    await expect(elsewhere.removeForGood(id)).rejects.toThrow(refused('being trained'));
    await elsewhere.room.setQuota(0);
    expect((await elsewhere.list()).runs.map(({ state }) => state)).toEqual(['running']);
    // Its program dies.
    expect((await new RunLibrary(store).list()).runs[0]!.state).toBe('interrupted');
    await second.end('failed', 'other pictures');
    expect(await library.summary(id)).toMatchObject({ state: 'stopped', failure: null, step: 12 });
    expect((await (await library.open(id)).curves()).step).toHaveLength(12);
  });

  it('writes nothing into curves that another program has made shorter', async () => {
    const { id, folder } = await library.create(begun);
    const errors: string[] = [];
    const recorder = await RunRecorder.open(library, await library.open(id), {
      fromStep: 0,
      onError: ({ message }) => errors.push(message),
    });
    recorder.take({ type: 'steps', metrics: stepsBetween(1, 3) });
    await recorder.flush(false);
    for (const bytes of [Uint8Array.of(1), new Uint8Array()]) {
      await folder.write(CURVES_FILE, bytes);
      recorder.take({ type: 'steps', metrics: stepsBetween(4, 5) });
      await recorder.flush(false);
      expect(await folder.read(CURVES_FILE)).toEqual(bytes);
    }
    expect(errors).toEqual([expect.stringContaining('another program changed it')]);
  });

  it('shows the step that it goes on from, even if it ends before its first', async () => {
    const { id } = await library.create(begun);
    const first = await record(id);
    first.take({ type: 'steps', metrics: stepsBetween(1, 22) });
    first.take({ type: 'validation', result: validationAt(5) });
    first.take({ type: 'validation', result: validationAt(20) });
    await first.end('stopped', null);
    const second = await record(id, 9);
    second.take({ type: 'run-state', state: 'running', config: begun.config });
    await second.end('failed', 'no device');
    const { manifest } = await library.open(id);
    expect(manifest).toMatchObject({ step: 9, epoch: 1, spearman: validationAt(5).spearman });
    expect(manifest.loss).toBeGreaterThan(830);
  });

  it('writes what a checkpoint is of before the checkpoint', async () => {
    const { id } = await library.create(begun);
    const recorder = await record(id);
    recorder.take({ type: 'steps', metrics: stepsBetween(1, 3) });
    await recorder.folder.replace('run.safetensors', Uint8Array.of(1), 'run.before.safetensors');
    expect((await (await library.open(id)).curves()).step).toHaveLength(3);
    await recorder.end('stopped', null);
  });

  it('flushes rows before a checkpoint, also those that were written before', async () => {
    const done: string[] = [];
    const { openInPlace, replace } = MemoryFileStore.prototype;
    vi.spyOn(MemoryFileStore.prototype, 'openInPlace').mockImplementation(async function (
      this: MemoryFileStore,
      name,
    ) {
      const file = await openInPlace.call(this, name);
      const write = (bytes: Uint8Array, at: number) => {
        done.push(`write ${name}`);
        file.write(bytes, at);
      };
      return { ...file, write, flush: () => done.push(`flush ${name}`) };
    });
    vi.spyOn(MemoryFileStore.prototype, 'replace').mockImplementation(function (
      this: MemoryFileStore,
      ...args
    ) {
      done.push('checkpoint');
      return replace.apply(this, args);
    });
    const { id } = await library.create(begun);
    const recorder = await record(id);
    const save = () =>
      recorder.folder.replace(CHECKPOINT_FILE, Uint8Array.of(1), PREVIOUS_CHECKPOINT_FILE);
    recorder.take({ type: 'steps', metrics: stepsBetween(1, 3) });
    await recorder.flush(false);
    await save();
    await save();
    vi.restoreAllMocks();
    const flushed = [`flush ${CURVES_FILE}`, `flush ${VALIDATIONS_FILE}`];
    expect(done).toEqual([`write ${CURVES_FILE}`, ...flushed, 'checkpoint', 'checkpoint']);
    await recorder.end('stopped', null);
  });

  it('removes the checkpoint before the last at the end, if the last is whole', async () => {
    const left = async (last: AsyncIterable<Uint8Array> | Uint8Array | null) => {
      const { id, folder } = await library.create(begun);
      const recorder = await record(id);
      recorder.take({ type: 'steps', metrics: stepsBetween(1, 8) });
      await folder.write(PREVIOUS_CHECKPOINT_FILE, checkpointAt(4));
      if (last) await folder.write(CHECKPOINT_FILE, last);
      await recorder.end('finished', null);
      return (await readSavedRun(folder))!.header.cursor.step;
    };
    expect(await left(checkpointAt(8))).toBe(8);
    expect(await left(null)).toBe(4);
    expect(await left(Uint8Array.of(1, 2))).toBe(4);
    const { id } = (await library.list()).runs.at(-1)!;
    const names = (await library.runs.folder(id).list()).map(({ name }) => name);
    expect(names).not.toContain(PREVIOUS_CHECKPOINT_FILE);
  });

  it('tells once of a full disk, loses nothing, and goes on when there is room', async () => {
    const { id } = await library.create(begun);
    const errors: string[] = [];
    const recorder = await RunRecorder.open(library, await library.open(id), {
      fromStep: 0,
      onError: ({ message }) => errors.push(message),
    });
    const used = (await library.summary(id)).bytes;
    store.capacity = used + 1500;
    for (let step = 1; step <= 90; step += 30) {
      recorder.take({ type: 'steps', metrics: stepsBetween(step, step + 29) });
      await recorder.flush(false);
    }
    expect(errors).toHaveLength(1);
    store.capacity = Infinity;
    await recorder.end('finished', null);
    expect(stepsOf(await (await library.open(id)).curves())).toEqual(stepsBetween(1, 90));
    expect(errors).toHaveLength(1);
  });
});
