import { describe, expect, it } from 'vitest';
import { mutualLikelihood } from '../confidence/scf';
import type { CropDecoder } from '../faces/crop-decoder';
import type { FacePair, PairSource } from '../faces/pair-source';
import { StudioError } from '../formats/studio-error';
import type { FaceReadout } from './read-face';
import { scorePairs } from './score-pairs';

/** Pairs of pictures that are one byte each: an angle in degrees. 255 can't be decoded. */
class AnglePairs implements PairSource {
  constructor(readonly angles: readonly (readonly [number, number, boolean])[]) {}

  info() {
    return { name: 'angles.bin', pairs: this.angles.length, genuine: this.angles.filter(([, , same]) => same).length, pictures: 2 * this.angles.length };
  }

  async *pairs(signal?: AbortSignal): AsyncGenerator<FacePair> {
    for (const [index, [a, b, same]] of this.angles.entries()) {
      signal?.throwIfAborted();
      yield { index, same, a: Uint8Array.of(a), b: Uint8Array.of(b) };
    }
  }
}

const decoder: CropDecoder = {
  decodeCrop: async (picture) => {
    if (picture[0] === 255) throw new StudioError('bad-image', 'The picture is damaged.', 'Choose another.');
    return picture;
  },
  dispose: () => undefined,
};

/** A face that looks in the picture's direction, on a sphere of 512 dimensions; κ grows with the angle. */
const readWith = (hasKappa: boolean) => async (crop: Uint8Array): Promise<FaceReadout> => {
  const angle = (crop[0]! * Math.PI) / 180;
  const mu = new Float32Array(512);
  mu.set([Math.cos(angle), Math.sin(angle)]);
  return { mu, embeddingNorm: 1, kappa: hasKappa ? 500 + crop[0]! : null };
};

const pairs = new AnglePairs([[0, 10, true], [0, 90, false], [20, 255, true], [30, 30, true], [255, 1, false], [0, 180, false]]);
const optionsOf = (hasKappa: boolean) => ({ decoder, read: readWith(hasKappa), radius: 64 });

describe('scoring pairs', () => {
  it('gives the cosine of every pair in its own order, and counts those that can\'t be decoded', async () => {
    const progress: number[] = [];
    const { cosine, scf, skipped } = await scorePairs(pairs, { ...optionsOf(false), onProgress: (done) => progress.push(done) });
    expect(cosine.genuine).toEqual([expect.closeTo(Math.cos(Math.PI / 18), 6), expect.closeTo(1, 6)]);
    expect(cosine.impostor).toEqual([expect.closeTo(0, 6), expect.closeTo(-1, 6)]);
    expect(scf).toBeUndefined();
    expect(skipped).toEqual([{ index: 2, reason: 'The picture is damaged.' }, { index: 4, reason: 'The picture is damaged.' }]);
    expect(progress).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('gives Eqn (13) of both κ where faces have them', async () => {
    const { cosine, scf } = await scorePairs(pairs, optionsOf(true));
    expect(scf!.genuine).toEqual([
      expect.closeTo(mutualLikelihood(512, 64, 500, 510, cosine.genuine[0]!), 9),
      expect.closeTo(mutualLikelihood(512, 64, 530, 530, cosine.genuine[1]!), 9),
    ]);
    expect(scf!.impostor).toHaveLength(2);
  });

  it('refuses a set of which no pair can be scored, with the first reason', async () => {
    await expect(scorePairs(new AnglePairs([[255, 0, true]]), optionsOf(true))).rejects.toMatchObject({
      code: 'bad-source',
      message: 'None of the 1 pairs of angles.bin could be scored (pair 0: The picture is damaged.).',
    });
  });

  it('ends with any failure that isn\'t the picture\'s, and when it is stopped', async () => {
    const broken: CropDecoder = { decodeCrop: () => Promise.reject(new Error('worker lost')), dispose: () => undefined };
    await expect(scorePairs(pairs, { ...optionsOf(true), decoder: broken })).rejects.toThrow('worker lost');
    const stop = new AbortController();
    const scoring = scorePairs(pairs, { ...optionsOf(true), signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) });
    await expect(scoring).rejects.toThrow('enough');
  });
});
