import { afterEach, describe, expect, it, vi } from 'vitest';
import { readPicture, wasLost, wasRead } from '../../../../test/fixtures/read-picture';
import { readSafetensors } from '../../../formats/safetensors/safetensors';
import { encodeEmbeddings, keptPictures } from './embed';
import type { PictureOutcome } from './picture-reader';

afterEach(() => vi.restoreAllMocks());

describe('keptPictures', () => {
  it('skips and names pictures that have no face or can’t be read', async () => {
    const lines: string[] = [];
    vi.spyOn(console, 'error').mockImplementation((line: string) => lines.push(line));
    async function* outcomes(): AsyncGenerator<PictureOutcome> {
      yield wasRead(readPicture('x/a.jpg'));
      yield wasLost('nobody.jpg', 'undetected', 'No face was found in it (9 × 9).');
      yield wasRead(readPicture('y/a.jpg'));
      yield wasLost('gone.jpg', 'unreadable', "gone.jpg can't be read.");
    }
    const { pictures, skipped } = await keptPictures(outcomes());
    expect(pictures.map(({ path }) => path)).toEqual(['x/a.jpg', 'y/a.jpg']);
    expect(skipped.map(({ picture }) => picture)).toEqual(['nobody.jpg', 'gone.jpg']);
    expect(lines).toEqual([
      'skipped nobody.jpg: No face was found in it (9 × 9).',
      "skipped gone.jpg can't be read.",
    ]);
  });
});

describe('encodeEmbeddings', () => {
  it('writes a row for each picture as given, κ, its percentile, the policy and the head', () => {
    const [a, b] = [readPicture('x/a.jpg', 7), readPicture('y/a.jpg', 9)];
    const known = [
      { ...a, percentile: 20 },
      { ...b, percentile: 60 },
      { ...a, percentile: 20 },
    ];
    const { tensors, metadata } = readSafetensors(encodeEmbeddings(known, 'scf.safetensors'));
    expect(JSON.parse(metadata.names!)).toEqual(['x/a.jpg', 'y/a.jpg', 'x/a.jpg']);
    expect(metadata).toMatchObject({ policy: 'full', head: 'scf.safetensors' });
    expect(tensors.get('embedding')).toMatchObject({ shape: [3, 2] });
    expect([...tensors.get('kappa')!.data]).toEqual([7, 9, 7]);
    expect([...tensors.get('percentile')!.data]).toEqual([20, 60, 20]);
  });

  it('leaves out what isn’t known', () => {
    const { tensors, metadata } = readSafetensors(encodeEmbeddings([readPicture('a')], null));
    expect([...tensors.keys()]).toEqual(['embedding']);
    expect(metadata.head).toBeUndefined();
    const withoutProfile = readSafetensors(encodeEmbeddings([readPicture('a', 7)], 'h'));
    expect([...withoutProfile.tensors.keys()].sort()).toEqual(['embedding', 'kappa']);
  });
});
