import { describe, expect, it } from 'vitest';
import { fixedFace } from '../../../test/fixtures/fixed-face';
import { CROP_SIZE, type RgbImage } from '../../faces/face-record';
import { StudioError } from '../../core/studio-error';
import { alignmentSentence, alignmentWarning } from './alignment';
import { alignmentOfRecords, sampleAlignment } from './alignment-sample';

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
    expect(sample).toMatchObject({ looked: 24, found: 24, inPlace: 24, aligned: true });
    expect(sample!.apart).toBeLessThan(1.5);
    expect(alignmentWarning(sample)).toBeNull();
    expect(alignmentSentence(sample!)).toBe(
      'These pictures are ready to use: in 24 of 24 pictures looked at, eyes, nose and mouth are ' +
        'where the network expects them.',
    );
    expect(alignmentWarning(null)).toBeNull();
    expect(alignmentSentence({ ...sample!, found: 20, inPlace: 15 })).toContain(
      'in 15 of the 20 that show a face (of 24 looked at), eyes',
    );
  });

  it('gives the distance of loosely framed ones, and the setting that aligns them', async () => {
    const ofCrops = await sampleAlignment(names, 'auto', crop, loose);
    expect(ofCrops).toMatchObject({ looked: 24, found: 24, aligned: false, remedy: 'always' });
    expect(alignmentWarning(ofCrops)).toMatch(
      /^These are loose photographs: in 0 of 24 pictures .* 1\d pixels or more .* of 112\.$/,
    );
    const ofPhotos = await sampleAlignment(names, 'none', async () => grey(250), loose);
    expect(ofPhotos).toMatchObject({ aligned: false, remedy: 'auto' });
  });

  it('is null if all pictures get aligned, or there are none', async () => {
    const photo = async () => grey(250);
    expect(await sampleAlignment(names, 'auto', photo, loose)).toBeNull();
    expect(await sampleAlignment(names, 'always', crop, loose)).toBeNull();
    expect(await sampleAlignment([], 'none', crop, loose)).toBeNull();
    expect(await sampleAlignment(names, 'none', crop, loose, () => true)).toBeNull();
  });

  it('can’t tell if too few show a face, and says so without a warning', async () => {
    const none = await sampleAlignment(names, 'none', crop, fixedFace(null));
    expect(none).toMatchObject({ looked: 24, found: 0, aligned: null });
    expect(alignmentSentence(none!)).toContain("can't be told: of 24 pictures looked at, none");
    expect(alignmentWarning(none)).toBeNull();
    const few = await sampleAlignment(names.slice(0, 3), 'none', crop, loose);
    expect(few).toMatchObject({ looked: 3, found: 3, aligned: null });
  });

  it('finds a face in the whole picture that is lost in its crop', async () => {
    // The detector's frame is filled by either; only the larger picture shows a face.
    const whole = fixedFace({ scale: 0.2, left: 5, top: 5 });
    const sized = { ...whole, detector: { ...whole.detector } };
    let asked = 0;
    sized.detector.run = async (input) => {
      asked++;
      const isCrop = asked % 3 !== 0;
      const found = await whole.detector.run(input);
      return isCrop ? { ...found, scores: Float32Array.of(1, 0) } : found;
    };
    const sample = await sampleAlignment(names, 'none', async () => grey(112 * 5), sized);
    // Two passes over the crop find nothing, and one over the picture finds its face.
    expect(sample).toMatchObject({ looked: 24, found: 24, inPlace: 0, aligned: false });
  });

  it('of a source’s records leaves out those that can’t be decoded', async () => {
    const records = names.map((name) => ({ encoded: Uint8Array.of(Number(name)) }));
    const decode = async ([first]: Uint8Array) => {
      if (first! % 2 === 1) throw new StudioError('bad-image', 'It is damaged.', '');
      return grey(CROP_SIZE);
    };
    expect(await alignmentOfRecords(records, { decode, networks: aligned })).toMatchObject({
      looked: 24,
      aligned: true,
    });
    expect(await alignmentOfRecords([], { decode, networks: aligned })).toBeNull();
  });

  it('skips lost pictures, and passes on other errors', async () => {
    const damaged = new StudioError('bad-image', 'It is damaged.', '');
    const some = async (name: string) => (Number(name) < 50 ? crop() : Promise.reject(damaged));
    expect(await sampleAlignment(names, 'none', some, loose)).toMatchObject({ looked: 12 });
    const failing = () => Promise.reject(new RangeError('Memory is full.'));
    await expect(sampleAlignment(names, 'none', failing, loose)).rejects.toThrow('Memory is full');
  });
});
