import { describe, expect, it } from 'vitest';
import { fixedFace } from '../../../test/fixtures/fixed-face';
import { CROP_SIZE, type RgbImage } from '../../faces/face-record';
import { StudioError } from '../../core/studio-error';
import { alignmentWarning } from './alignment';
import { sampleAlignment } from './alignment-sample';

const names = Array.from({ length: 100 }, (_, i) => String(i));
const grey = (side: number): RgbImage => ({
  width: side,
  height: side,
  data: new Uint8Array(side * side * 3).fill(128),
});
const crop = async () => grey(CROP_SIZE);
const aligned = fixedFace({ scale: 1, left: 0, top: 0 });
/**
 * A face of half the size, in the middle, as in a photograph of 250 × 250 that was scaled down.
 */
const loose = fixedFace({ scale: 0.5, left: 28, top: 28 });

describe('a sample of pictures that are taken for aligned crops', () => {
  it('gives no warning for aligned ones', async () => {
    const sample = await sampleAlignment(names, 'none', crop, aligned);
    expect(sample).toMatchObject({ looked: 24, found: 24, aligned: true });
    expect(sample!.apart).toBeLessThan(1.5);
    expect(alignmentWarning(sample)).toBeNull();
    expect(alignmentWarning(null)).toBeNull();
  });

  it('gives the distance of loosely framed ones, and the setting that aligns them', async () => {
    const ofCrops = await sampleAlignment(names, 'auto', crop, loose);
    expect(ofCrops).toMatchObject({ looked: 24, found: 24, aligned: false, remedy: 'always' });
    expect(alignmentWarning(ofCrops)).toMatch(/in 24 of 24 pictures .* 1\d pixels of 112/);
    const ofPhotos = await sampleAlignment(names, 'none', async () => grey(250), loose);
    expect(ofPhotos).toMatchObject({ aligned: false, remedy: 'auto' });
  });

  it('is null if all pictures get aligned, or too few show a face', async () => {
    const photo = async () => grey(250);
    expect(await sampleAlignment(names, 'auto', photo, loose)).toBeNull();
    expect(await sampleAlignment(names, 'always', crop, loose)).toBeNull();
    expect(await sampleAlignment(names, 'none', crop, fixedFace(null))).toBeNull();
    expect(await sampleAlignment(names.slice(0, 3), 'none', crop, loose)).toBeNull();
    expect(await sampleAlignment([], 'none', crop, loose)).toBeNull();
    expect(await sampleAlignment(names, 'none', crop, loose, () => true)).toBeNull();
  });

  it('skips lost pictures, and passes on other errors', async () => {
    const damaged = new StudioError('bad-image', 'It is damaged.', '');
    const some = async (name: string) => (Number(name) < 50 ? crop() : Promise.reject(damaged));
    expect(await sampleAlignment(names, 'none', some, loose)).toMatchObject({ looked: 12 });
    const failing = () => Promise.reject(new RangeError('Memory is full.'));
    await expect(sampleAlignment(names, 'none', failing, loose)).rejects.toThrow('Memory is full');
  });
});
