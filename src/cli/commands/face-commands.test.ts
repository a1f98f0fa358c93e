import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../formats/safetensors/safetensors';
import { StudioError } from '../../core/studio-error';
import { described, encodeEmbeddings, readEach, type EmbeddedPicture } from './face-commands';

const pictureOf = (path: string, kappa: number | null = null): EmbeddedPicture => ({
  path,
  name: path.split('/').at(-1)!,
  policy: 'full',
  embedding: Float32Array.of(path.length, 0),
  mu: Float32Array.of(path.length, 0),
  embeddingNorm: 1,
  concentrations: kappa === null ? [] : [Float32Array.of(kappa)],
  detectorScore: null,
  faceSize: null,
  kappa,
  found: null,
});

/** Reads a picture; its name decides whether and how that fails. */
async function read(path: string): Promise<EmbeddedPicture> {
  if (path.includes('nobody')) throw new StudioError('no-face', 'No face was found.', 'Crop it.');
  if (path.includes('broken')) throw new StudioError('bad-image', 'It is damaged.', 'Try again.');
  if (path.includes('gone')) throw new StudioError('bad-source', 'It is not there.', 'Check it.');
  return pictureOf(path, 7);
}

describe('readEach, encodeEmbeddings and described', () => {
  const asked = ['x/a.jpg', 'nobody.jpg', 'y/a.jpg', 'broken.jpg', 'gone.jpg'];

  it("skip and report pictures that have no face or can't be read", async () => {
    const skippedPaths: string[] = [];
    const { pictures, skipped } = await readEach(asked, read, ({ path }) =>
      skippedPaths.push(path),
    );
    expect(skippedPaths).toEqual(['nobody.jpg', 'broken.jpg', 'gone.jpg']);
    expect(skipped.map(({ reason }) => reason)).toEqual([
      'No face was found.',
      'It is damaged.',
      'It is not there.',
    ]);
    const { tensors, metadata } = readSafetensors(encodeEmbeddings(pictures));
    expect(JSON.parse(metadata.names!)).toEqual(['x/a.jpg', 'y/a.jpg']);
    expect(tensors.get('embedding')).toMatchObject({ shape: [2, 2] });
    expect([...tensors.get('kappa')!.data]).toEqual([7, 7]);
  });

  it('write no kappa without a head', () => {
    const { tensors } = readSafetensors(encodeEmbeddings([pictureOf('a')]));
    expect([...tensors.keys()]).toEqual(['embedding']);
  });

  it('fail if no picture could be read', async () => {
    const reading = readEach(['nobody.jpg', 'gone.jpg'], read, () => undefined);
    await expect(reading).rejects.toMatchObject({
      code: 'no-face',
      message: 'None of the 2 pictures could be embedded; nothing was written.',
    });
  });

  it('speak of one picture when one was named', async () => {
    await expect(readEach(['nobody.jpg'], read, () => undefined)).rejects.toMatchObject({
      message: 'The picture could not be embedded; nothing was written.',
    });
  });

  it('pass on an error that is not one of a picture', async () => {
    const failing = async () => {
      throw new StudioError('diverged', 'κ is Infinity.', 'Choose another head.');
    };
    await expect(readEach(['a'], failing, () => undefined)).rejects.toThrow('κ is Infinity.');
  });

  it('describe the face that was used, its place, size and rotation', () => {
    const box = { left: 20.4, top: 30.6, width: 96.2, height: 118.8, score: 0.99 };
    const of = (faces: number, turned: 0 | 90) => ({ face: { box, points: [], turned }, faces });
    const picture = pictureOf('x/a.jpg', 7);
    expect(described({ ...picture, found: of(1, 0) })).toBe(
      'a.jpg: kappa 7.0, ‖embedding‖ 1.00; the only face, 96 × 119 pixels at (20, 31)',
    );
    expect(described({ ...picture, found: of(2, 90) })).toContain(
      'the main one of 2 faces, 96 × 119 pixels at (20, 31); it lay on its side, and was ' +
        'turned 90° clockwise',
    );
    expect(described(picture)).toContain('taken as an aligned crop');
  });
});
