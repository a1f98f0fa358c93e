import { beforeEach, describe, expect, it } from 'vitest';
import { runsListing, runSummary } from '../../../test/fixtures/run-summary';
import { smallConfig } from '../../../test/fixtures/small-run';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { RunLibrary } from '../run-library';
import type { RunManifest } from '../run-manifest';
import { cutAt } from './run-space';

const begun = {
  config: smallConfig(),
  backbone: { name: 'tile means', hash: 'small' },
  machine: 'wasm · 2 threads',
};

describe('a bound', () => {
  const { runs, space } = runsListing(
    runSummary({ id: 'new', bytes: 10 }),
    runSummary({ id: 'starred', bytes: 30, isStarred: true }),
    runSummary({ id: 'large', bytes: 40 }),
    runSummary({ id: 'old', bytes: 20 }),
  );
  const goneAt = (bound: number) => {
    const { runs: gone, leftBytes } = cutAt(bound, runs, space);
    return [gone.map(({ id }) => id), leftBytes];
  };

  it('throws away no more than it must, in the order of the list, and no starred run', () => {
    expect(goneAt(100)).toEqual([[], 100]);
    expect(goneAt(80)).toEqual([['old'], 80]);
    expect(goneAt(40)).toEqual([['old', 'large'], 40]);
    expect(goneAt(35)).toEqual([['old', 'large', 'new'], 30]);
  });

  it('spares a small run that would not bring the rest under it without a large one', () => {
    expect(goneAt(60)).toEqual([['large'], 60]);
  });

  it('throws away nothing if the runs that stay take more', () => {
    expect(goneAt(29)).toEqual([[], 30]);
  });
});

describe('the room for runs', () => {
  let store: MemoryFileStore;
  let library: RunLibrary;
  let told: string[];
  let time = 1e12;
  beforeEach(() => {
    store = new MemoryFileStore();
    told = [];
    library = new RunLibrary(store, {
      now: () => (time += 1000),
      onProblem: (sentence) => told.push(sentence),
    });
  });

  const kept = async (bytes: number, changes: Partial<RunManifest> = {}) => {
    const { id, folder } = await library.create(begun);
    await folder.write('head.safetensors', new Uint8Array(bytes));
    await library.update(id, (manifest) => ({
      ...manifest,
      state: 'finished',
      hasEnded: true,
      step: 9,
      ...changes,
    }));
    return id;
  };
  const ids = async () => (await library.list()).runs.map(({ id }) => id);

  it('only warns, and once, until a person has chosen a bound', async () => {
    store.capacity = 10_000;
    const all = [await kept(3000), await kept(3000)];
    // Half of what the store takes is suggested.
    store.capacity = 10_000;
    await library.room.makeRoom(all[1]);
    await library.room.makeRoom();
    expect((await ids()).sort()).toEqual(all.sort());
    expect(told).toEqual([expect.stringContaining('None is thrown away until you choose')]);
  });

  it('throws away none if the run that has just ended and the starred are too large', async () => {
    await kept(100);
    await kept(100, { isStarred: true });
    const large = await kept(5000);
    await library.room.setQuota(5300);
    told = [];
    const larger = await kept(5250);
    await library.room.makeRoom(larger);
    expect(await ids()).toHaveLength(4);
    expect(told).toEqual([expect.stringContaining('None was thrown away')]);
    expect(await ids()).toContain(large);
  });

  it('never throws away a run that is being prepared to go on', async () => {
    const prepared = await kept(3000);
    const other = await kept(3000);
    library.hold(prepared);
    await library.room.setQuota(4000);
    expect(await ids()).toEqual([prepared]);
    expect(told).toEqual([expect.stringMatching(/^The run .* was thrown away/)]);
    expect(await ids()).not.toContain(other);
  });
});
