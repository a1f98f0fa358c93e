import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../formats/safetensors';
import { StudioError } from '../formats/studio-error';
import { encodeEmbeddings, readEach, type EmbeddedPicture } from './face-commands';

const pictureOf = (path: string, kappa: number | null = null): EmbeddedPicture => ({
  path,
  name: path.split('/').at(-1)!,
  mu: Float32Array.of(path.length, 0),
  embeddingNorm: 1,
  kappa,
});

/** Fails for what is named, as reading a picture does. */
async function read(path: string): Promise<EmbeddedPicture> {
  if (path.includes('nobody')) throw new StudioError('no-face', 'No face was found.', 'Crop it.');
  if (path.includes('broken')) throw new StudioError('bad-image', 'It is damaged.', 'Try again.');
  if (path.includes('gone')) throw new StudioError('bad-source', 'It is not there.', 'Check it.');
  return pictureOf(path, 7);
}

describe('pictures that are embedded', () => {
  const asked = ['x/a.jpg', 'nobody.jpg', 'y/a.jpg', 'broken.jpg', 'gone.jpg'];

  it('are written without those that have no face or can\'t be read, which are named', async () => {
    const told: string[] = [];
    const { pictures, skipped } = await readEach(asked, read, ({ path }) => told.push(path));
    expect(told).toEqual(['nobody.jpg', 'broken.jpg', 'gone.jpg']);
    expect(skipped.map(({ reason }) => reason)).toEqual([
      'No face was found.', 'It is damaged.', 'It is not there.',
    ]);
    const { tensors, metadata } = readSafetensors(encodeEmbeddings(pictures));
    expect(JSON.parse(metadata.names!)).toEqual(['x/a.jpg', 'y/a.jpg']);
    expect(tensors.get('embedding')).toMatchObject({ shape: [2, 2] });
    expect([...tensors.get('kappa')!.data]).toEqual([7, 7]);
  });

  it('have no kappa where there was no head', () => {
    const { tensors } = readSafetensors(encodeEmbeddings([pictureOf('a')]));
    expect([...tensors.keys()]).toEqual(['embedding']);
  });

  it('are refused where there is not one', async () => {
    const reading = readEach(['nobody.jpg', 'gone.jpg'], read, () => undefined);
    await expect(reading).rejects.toMatchObject({
      code: 'no-face',
      message: 'None of the 2 pictures could be embedded; nothing was written.',
    });
  });

  it('are one picture where one was named', async () => {
    await expect(readEach(['nobody.jpg'], read, () => undefined)).rejects.toMatchObject({
      message: 'The picture could not be embedded; nothing was written.',
    });
  });

  it('end with what is no fault of a picture', async () => {
    const failing = async () => {
      throw new StudioError('diverged', 'κ is Infinity.', 'Choose another head.');
    };
    await expect(readEach(['a'], failing, () => undefined)).rejects.toThrow('κ is Infinity.');
  });
});
