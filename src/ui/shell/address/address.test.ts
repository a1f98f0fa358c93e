import { beforeEach, describe, expect, it } from 'vitest';
import { runSettings } from '../../../training/config/run-settings';
import { presets } from '../../../training/config/run-config';
import { studioStore } from '../studio-store';
import { hashOf, readAddress } from './address';
import { addressPart, type AddressPart } from './address-part';
import { addressParts } from './address-parts';
import { placeNames } from './place-names';

const at = (tail: string) => `https://studio.example/app/${tail}`;
const state = () => studioStore.getState();

/** A part with one number, which is what a test last gave it or obeyed. */
function numberPart(): { part: AddressPart; shown: () => number; show: (value: number) => void } {
  let value = 0;
  const part = addressPart<number>({
    place: 'compare',
    names: ['blur', 'pair'],
    read({ blur }) {
      const found = Number(blur ?? 0);
      return Number.isFinite(found)
        ? { value: found, warnings: [] }
        : { value: 0, warnings: [`"blur" is "${blur}"; it takes a number.`] };
    },
    write: () => (value === 0 ? {} : { blur: String(value) }),
    obey: (wanted) => (value = wanted),
  });
  return { part, shown: () => value, show: (next) => (value = next) };
}

describe('the address', () => {
  beforeEach(() => studioStore.setState(studioStore.getInitialState()));

  it('opens Compare, and says nothing of settings, where it says nothing', () => {
    for (const tail of ['', '#', '#/', '?backend=wasm'])
      expect(readAddress(at(tail), []), tail).toEqual({
        place: 'compare',
        config: null,
        parts: [],
        warnings: [],
      });
  });

  it.each(placeNames)('is read back as it was written: %s', (place) => {
    studioStore.setState({ config: { ...presets.published, epochs: 3, shards: 'a/b {0..9}.tar' } });
    const hash = hashOf(place, state(), []);
    expect(hash.startsWith(`#/${place}?preset=published`)).toBe(true);
    expect(readAddress(at(hash), [])).toEqual({
      place,
      config: state().config,
      parts: [],
      warnings: [],
    });
  });

  it.each([
    ['?view=verify#preset=demo&epochs=3', 'compare', 3],
    ['?backend=wasm&view=data#preset=demo&epochs=3', 'data', 3],
    ['#preset=demo&epochs=3', 'train', 3],
  ])('of an earlier version is understood: %s', (tail, place, epochs) => {
    const address = readAddress(at(tail), []);
    expect(address).toMatchObject({ place, config: { ...presets.demo, epochs }, warnings: [] });
  });

  it('loses only what it can’t use, and says what', () => {
    const { part } = numberPart();
    const address = readAddress(at('#/story?preset=demo&epoch=3&seed=5&blur=much'), [part]);
    expect(address).toMatchObject({ place: 'compare', config: { ...presets.demo, seed: 5 } });
    expect(address.warnings).toEqual([
      'The address names no place: "story".',
      expect.stringContaining('"epoch" is not a setting of a run.'),
      '"blur" is "much"; it takes a number.',
    ]);
  });

  it('carries what a place adds, in that place alone', () => {
    const { part, show, shown } = numberPart();
    show(40);
    expect(hashOf('compare', state(), [part])).toBe('#/compare?preset=demo&blur=40');
    expect(hashOf('train', state(), [part])).toBe('#/train?preset=demo');
    show(0);
    const address = readAddress(at('#/compare?preset=demo&blur=7'), [part]);
    expect(address.warnings).toEqual([]);
    expect(shown()).toBe(0);
    address.parts[0]!.obey();
    expect(shown()).toBe(7);
  });

  it('has one owner for each name', () => {
    const names = addressParts.flatMap((part) => part.names);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => Object.hasOwn(runSettings, name))).toEqual([]);
  });
});
