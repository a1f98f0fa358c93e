import sharp, { type JpegOptions, type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { MAX_PLAIN_SIDE, plainJpegSize } from './plain-jpeg';

const picture = (width = 37, height = 53) =>
  sharp({ create: { width, height, channels: 3, background: '#8a5' } });
const jpeg = async (image: Sharp, options: JpegOptions = {}) =>
  new Uint8Array(await image.jpeg(options).toBuffer());

let plain: Uint8Array;
beforeAll(async () => {
  plain = await jpeg(picture());
});

describe('a plain JPEG', () => {
  it('has a size: baseline, progressive, unscaled chroma, grey', async () => {
    const variants = [
      plain,
      await jpeg(picture(), { progressive: true }),
      await jpeg(picture(), { chromaSubsampling: '4:4:4' }),
      await jpeg(picture().greyscale()),
    ];
    for (const bytes of variants) expect(plainJpegSize(bytes)).toEqual({ width: 37, height: 53 });
  });

  it('may be a view into more bytes', () => {
    const around = new Uint8Array(plain.length + 20).fill(0xff);
    around.set(plain, 7);
    expect(plainJpegSize(around.subarray(7, 7 + plain.length))).toEqual({ width: 37, height: 53 });
  });

  it('has sides up to the limit', async () => {
    expect(plainJpegSize(await jpeg(picture(MAX_PLAIN_SIDE, 8)))).toEqual({
      width: MAX_PLAIN_SIDE,
      height: 8,
    });
    expect(plainJpegSize(await jpeg(picture(8, MAX_PLAIN_SIDE + 1)))).toBeNull();
  });
});

describe('a file that is no plain JPEG', () => {
  it('has Exif, which may rotate it', async () => {
    expect(plainJpegSize(await jpeg(picture().withMetadata({ orientation: 6 })))).toBeNull();
  });

  it('has four colours', async () => {
    expect(plainJpegSize(await jpeg(picture().toColourspace('cmyk')))).toBeNull();
  });

  it('has another format', async () => {
    expect(plainJpegSize(new Uint8Array(await picture().png().toBuffer()))).toBeNull();
    expect(plainJpegSize(new Uint8Array(await picture().webp().toBuffer()))).toBeNull();
  });

  it('is cut off anywhere', () => {
    for (let length = 0; length < plain.length; length++)
      expect(plainJpegSize(plain.subarray(0, length)), String(length)).toBeNull();
  });

  it('has a segment that ends past the file, or has length 0', () => {
    const withSegment = (...segment: number[]) =>
      Uint8Array.from([...plain.subarray(0, 2), ...segment, ...plain.subarray(2)]);
    expect(plainJpegSize(withSegment(0xff, 0xed, 0xff, 0xff))).toBeNull();
    expect(plainJpegSize(withSegment(0xff, 0xed, 0, 0))).toBeNull();
    expect(plainJpegSize(withSegment(0xff, 0xed, 0, 4, 1, 2))).toEqual({ width: 37, height: 53 });
  });

  it('has two frames, or none', () => {
    const frame = plain.findIndex((byte, at) => byte === 0xff && plain[at + 1] === 0xc0);
    const end = frame + 2 + plain[frame + 2]! * 256 + plain[frame + 3]!;
    const [before, one, after] = [
      plain.subarray(0, frame),
      plain.subarray(frame, end),
      plain.subarray(end),
    ];
    expect(plainJpegSize(Uint8Array.from([...before, ...one, ...one, ...after]))).toBeNull();
    expect(plainJpegSize(Uint8Array.from([...before, ...after]))).toBeNull();
  });
});

it('returns a size within bounds or null for any bytes', () => {
  const random = seededRandom(5);
  for (let round = 0; round < 3000; round++) {
    const bytes = plain.slice();
    for (let i = 0; i < 1 + (round % 4); i++)
      bytes[2 + random.int(bytes.length - 4)] = random.int(256);
    const size = plainJpegSize(bytes);
    if (size)
      for (const side of [size.width, size.height])
        expect(side > 0 && side <= MAX_PLAIN_SIDE).toBe(true);
  }
});
