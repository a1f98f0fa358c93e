import { describe, expect, it } from 'vitest';
import type { RunPicture } from '../../../studio/protocol';
import type { SourcePicture } from '../../../training/data/held-out/picture-reader';
import { PictureCache } from './picture-cache';

const at = (place: number, copy = 0): SourcePicture => ({ place, copy });
const picture = ({ place, copy }: SourcePicture): RunPicture => ({
  place,
  copy,
  label: 1,
  key: `p${place}`,
  pixels: new Uint8ClampedArray(4),
});
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('the pictures of a run on the page', () => {
  it('come in a few requests, once each, the newest wish first', async () => {
    const asked: number[][] = [];
    const cache = new PictureCache(async (wanted) => {
      asked.push(wanted.map(({ place }) => place));
      return wanted.map(picture);
    });
    cache.want(Array.from({ length: 30 }, (_, i) => at(i + 1)));
    cache.want([at(99), at(1)]);
    await settled();
    expect(asked.map(({ length }) => length)).toEqual([24, 7]);
    expect(asked[0]!.slice(0, 3)).toEqual([99, 1, 2]);
    cache.want([at(99)]);
    await settled();
    expect(asked).toHaveLength(2);
    expect([cache.get(at(99))?.key, cache.get(at(99, 1))]).toEqual(['p99', undefined]);
  });

  it('say why they can’t be read, and are forgotten with their run', async () => {
    let isBroken = true;
    const cache = new PictureCache(async (wanted) => {
      if (isBroken) throw new Error('The folder is gone.');
      return wanted.map(picture);
    });
    cache.want([at(1)]);
    await settled();
    expect([cache.get(at(1)), cache.problem]).toEqual([null, 'The folder is gone.']);
    isBroken = false;
    cache.clear();
    expect([cache.get(at(1)), cache.problem]).toEqual([undefined, null]);
    cache.want([at(1)]);
    await settled();
    expect(cache.get(at(1))?.key).toBe('p1');
  });

  it('of a run before don’t come any more', async () => {
    let answer!: () => void;
    const cache = new PictureCache(async (wanted) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return wanted.map(picture);
    });
    cache.want([at(1)]);
    await settled();
    cache.clear();
    answer();
    await settled();
    expect(cache.get(at(1))).toBeUndefined();
  });
});
