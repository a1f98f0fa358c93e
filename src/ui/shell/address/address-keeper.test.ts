import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { presets } from '../../../training/config/run-config';
import { studioStore } from '../studio-store';
import { AddressKeeper, QUIET_MS } from './address-keeper';
import { addressPart } from './address-part';

/** The entries of a browser's history, as an address bar shows them. */
class Entries {
  readonly hashes: string[];
  changes = 0;
  #shown = 0;
  constructor(hash: string) {
    this.hashes = [hash];
  }
  href = () => `https://studio.example/${this.hashes[this.#shown]}`;
  push = (hash: string) => {
    this.hashes.splice(++this.#shown, Infinity, hash);
  };
  replace = (hash: string) => {
    this.changes++;
    this.hashes[this.#shown] = hash;
  };
  go = (by: number) => (this.#shown += by);
}

function keep(hash: string) {
  const entries = new Entries(hash);
  const told: string[] = [];
  let pair = '';
  const part = addressPart<string>({
    place: 'compare',
    names: ['pair'],
    read: (params) => ({ value: params.pair!, warnings: [] }),
    write: () => (pair === '' ? {} : { pair }),
    obey: (wanted) => (pair = wanted),
  });
  const keeper = new AddressKeeper(entries, studioStore, [part], (notice) => told.push(notice));
  keeper.obey();
  const stop = studioStore.subscribe(() => keeper.noteChange());
  return { entries, told, keeper, stop, pairShown: () => pair };
}

const state = () => studioStore.getState();
let stop = () => undefined as void;

describe('the history', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    studioStore.setState(studioStore.getInitialState());
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
  });

  it('has an entry for each place, and Back and Forward show it', () => {
    const kept = keep('');
    stop = kept.stop;
    for (const place of ['train', 'data'] as const) studioStore.setState({ place });
    expect(kept.entries.hashes).toEqual([
      '#/compare?preset=demo',
      '#/train?preset=demo',
      '#/data?preset=demo',
    ]);
    const shown = [-1, -1, 1, 1].map((by) => {
      kept.entries.go(by);
      kept.keeper.obey();
      return state().place;
    });
    expect(shown).toEqual(['train', 'compare', 'train', 'data']);
    expect(kept.entries.hashes).toHaveLength(3);
  });

  it('changes the entry on show once other changes have come to rest', () => {
    const kept = keep('#/train?preset=demo');
    stop = kept.stop;
    const before = kept.entries.changes;
    for (let seed = 1; seed <= 200; seed++) {
      studioStore.setState({ config: { ...presets.demo, seed } });
      vi.advanceTimersByTime(QUIET_MS / 4);
    }
    expect(kept.entries.changes).toBe(before);
    vi.advanceTimersByTime(QUIET_MS);
    expect(kept.entries.hashes).toEqual(['#/train?preset=demo&seed=200']);
    expect(kept.entries.changes).toBe(before + 1);
  });

  it('notes what is due in the entry that it belongs to', () => {
    const kept = keep('#/train?preset=demo');
    stop = kept.stop;
    studioStore.setState({ config: { ...presets.demo, seed: 9 } });
    studioStore.setState({ place: 'data' });
    vi.advanceTimersByTime(QUIET_MS);
    expect(kept.entries.hashes).toEqual([
      '#/train?preset=demo&seed=9',
      '#/data?preset=demo&seed=9',
    ]);
  });

  it('obeys settings, place and parts of an address that is pasted, and mends it', () => {
    const kept = keep('#/train?preset=demo');
    stop = kept.stop;
    kept.entries.push('#/compare?preset=demo&epochs=3&epoch=4&pair=1-2');
    kept.keeper.obey();
    expect(state()).toMatchObject({ place: 'compare', config: { ...presets.demo, epochs: 3 } });
    expect(kept.pairShown()).toBe('1-2');
    expect(kept.told).toEqual([expect.stringContaining('"epoch" is not a setting')]);
    expect(kept.entries.hashes[1]).toBe('#/compare?preset=demo&epochs=3&pair=1-2');
  });

  it('drops what was known of shards that an address replaces', () => {
    const kept = keep('#/train?preset=demo');
    stop = kept.stop;
    studioStore.setState({ look: { shards: presets.demo.shards } as never, files: [{} as never] });
    kept.entries.push('#/data?preset=photographs&shards=mine.tar');
    kept.keeper.obey();
    expect(state()).toMatchObject({
      config: { ...presets.photographs, shards: 'mine.tar' },
      look: null,
      files: [],
    });
  });

  it('refuses settings while a run is on, says so, and shows the place', () => {
    const kept = keep('#/train?preset=demo');
    stop = kept.stop;
    studioStore.setState({ runState: 'running' });
    kept.entries.push('#/data?preset=demo&epochs=3');
    kept.keeper.obey();
    expect(state()).toMatchObject({ place: 'data', config: presets.demo });
    expect(kept.told).toEqual([expect.stringContaining('a run is on')]);
    expect(kept.entries.hashes[1]).toBe('#/data?preset=demo');
  });

  it('keeps the settings in the form if an address names none', () => {
    const kept = keep('#/train?preset=demo&epochs=3');
    stop = kept.stop;
    kept.entries.push('#/data');
    kept.keeper.obey();
    expect(state()).toMatchObject({ place: 'data', config: { epochs: 3 } });
    expect(kept.entries.hashes[1]).toBe('#/data?preset=demo&epochs=3');
  });
});
