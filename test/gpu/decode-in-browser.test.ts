import { expect, it } from 'vitest';
import { decodeInBrowser, decodeThroughCanvas } from '../../src/faces/decode/decode-in-browser';
import { decodeJpegDirectly } from '../../src/faces/decode/decode-jpeg-directly';
import { plainJpegSize } from '../../src/faces/decode/plain-jpeg';
import { seededRandom } from '../../src/core/seeded-random';
import { smallJpeg, smallJpegs } from '../fixtures/small-jpegs';

const joined = (...parts: ArrayLike<number>[]) =>
  Uint8Array.from(parts.flatMap((part) => Array.from(part)));

/** A JPEG with Exif after its first marker that gives the picture's orientation. */
function oriented(jpeg: Uint8Array, orientation: number): Uint8Array {
  const header = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8];
  const orientationTag = [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
  const tiff = [...header, 0, 1, ...orientationTag, 0, 0, 0, 0];
  const exif = joined(new TextEncoder().encode('Exif\0\0'), tiff);
  return joined(jpeg.subarray(0, 2), [0xff, 0xe1, 0, exif.length + 2], exif, jpeg.subarray(2));
}

/** The decoded pixels, or null for a picture that is refused. */
const pixelsOf = (decoding: Promise<{ data: Uint8Array } | null>) =>
  decoding.then((image) => image?.data ?? null).catch(() => null);

// Also fails if the browser no longer gives RGB: the studio would then decode correctly, but
// several times as slowly.
it.each(smallJpegs)('decodes directly what a canvas decodes: %s', async (name) => {
  const direct = await decodeJpegDirectly(smallJpeg(name));
  expect(direct).toEqual(await decodeThroughCanvas(smallJpeg(name)));
  expect(direct).toMatchObject({ width: 40, height: 24 });
  expect(new Set(direct!.data).size).toBeGreaterThan(20);
});

it('decodes damaged pictures as a canvas does, or not at all', async () => {
  const random = seededRandom(9);
  let decoded = 0;
  for (let round = 0; round < 80; round++) {
    const bytes = smallJpeg(smallJpegs[round % smallJpegs.length]!);
    for (let i = 0; i < 1 + (round % 3); i++)
      bytes[2 + random.int(bytes.length - 4)] = random.int(256);
    const direct = await pixelsOf(decodeJpegDirectly(bytes));
    if (direct)
      expect(direct, `round ${round}`).toEqual(await pixelsOf(decodeThroughCanvas(bytes)));
    if (direct) decoded++;
  }
  expect(decoded).toBeGreaterThan(20);
});

it('turns a picture by its Exif orientation', async () => {
  const upright = await decodeInBrowser(smallJpeg('baseline'));
  const { width, height, data } = await decodeInBrowser(oriented(smallJpeg('baseline'), 6));
  expect([width, height]).toEqual([24, 40]);
  // A quarter turn clockwise: the first row was the first column, from below.
  const pixel = (
    { data: of, width: row }: { data: Uint8Array; width: number },
    x: number,
    y: number,
  ) => of.slice(3 * (y * row + x), 3 * (y * row + x) + 3);
  for (let x = 0; x < width; x++)
    expect(pixel({ data, width }, x, 0)).toEqual(pixel(upright, 0, 23 - x));
});

it('finishes with a picture whose decoder waits for more data', async () => {
  // A segment before the last scan of a progressive picture claims to reach past the end; only
  // reading up to it can show that.
  const jpeg = smallJpeg('progressive');
  const scan = jpeg.findLastIndex((byte, at) => byte === 0xff && jpeg[at + 1] === 0xda);
  const endless = joined(jpeg.subarray(0, scan), [0xff, 0xed, 0xff, 0xff], jpeg.subarray(scan));
  expect(plainJpegSize(endless)).toEqual({ width: 40, height: 24 });
  expect(await pixelsOf(decodeInBrowser(endless))).toEqual(
    await pixelsOf(decodeThroughCanvas(endless)),
  );
  expect(await decodeJpegDirectly(smallJpeg('baseline'))).not.toBeNull();
});

it('decodes other formats, and refuses bytes that are no picture', async () => {
  const canvas = new OffscreenCanvas(5, 3);
  const context = canvas.getContext('2d')!;
  context.fillStyle = 'rgb(200 100 50)';
  context.fillRect(0, 0, 5, 3);
  const png = new Uint8Array(
    await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer(),
  );
  expect([...(await decodeInBrowser(png)).data.slice(0, 6)]).toEqual([200, 100, 50, 200, 100, 50]);
  await expect(decodeInBrowser(smallJpeg('baseline').subarray(0, 100))).rejects.toThrow();
  await expect(decodeInBrowser(new Uint8Array())).rejects.toThrow();
});
