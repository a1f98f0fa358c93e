import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  withUprightOrientation,
  orientedBy,
  webpOrientation,
  type Orientation,
} from './exif-orientation';

const text = (letters: string) => Array.from(letters, (letter) => letter.charCodeAt(0));
const u32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const chunk = (name: string, body: readonly number[]) => [
  ...text(name),
  ...u32(body.length),
  ...body,
  ...(body.length % 2 ? [0] : []),
];
const webp = (...chunks: number[][]) => {
  const body = [...text('WEBP'), ...chunks.flat()];
  return Uint8Array.from([...text('RIFF'), ...u32(body.length), ...body]);
};
/** A directory with another entry and the orientation, in either byte order. */
function exif(orientation: number, isLittle: boolean, prefix = ''): number[] {
  const order = (bytes: number[]) => (isLittle ? [...bytes].reverse() : bytes);
  const entry = (tag: number, value: number) => [
    ...order([tag >> 8, tag & 255]),
    ...order([0, 3]),
    ...order([0, 0, 0, 1]),
    ...order([0, value]),
    0,
    0,
  ];
  const start = isLittle ? text('II') : text('MM');
  const head = [...start, ...order([0, 42]), ...order([0, 0, 0, 8]), ...order([0, 2])];
  return [...text(prefix), ...head, ...entry(0x0103, 6), ...entry(0x0112, orientation), 0, 0, 0, 0];
}
const picture = chunk('VP8L', [1, 2, 3]);

describe('the orientation of a WebP', () => {
  it.each([
    ['little first', webp(picture, chunk('EXIF', exif(6, true))), 6],
    ['big first', webp(picture, chunk('EXIF', exif(8, false))), 8],
    ['behind letters of a JPEG', webp(picture, chunk('EXIF', exif(3, false, 'Exif\0\0'))), 3],
    ['absent', webp(picture), null],
    ['beyond eight', webp(picture, chunk('EXIF', exif(9, true))), null],
    ['cut', webp(picture, chunk('EXIF', exif(6, true))).subarray(0, 60), null],
    ['in no WebP', Uint8Array.from(text('RIFF....WAVEEXIF')), null],
    ['in nothing', new Uint8Array(), null],
  ])('is read: %s', (_, bytes, orientation) => {
    expect(webpOrientation(bytes)).toBe(orientation);
    if (orientation !== null) expect(webpOrientation(withUprightOrientation(bytes))).toBe(1);
  });

  it('is read from sharp’s files, and rotates pixels as sharp does', async () => {
    const data = Uint8Array.from({ length: 5 * 3 * 3 }, (_, i) => 5 * i);
    const raw = { raw: { width: 5, height: 3, channels: 3 } } as const;
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8] as const) {
      const file = await sharp(data, raw)
        .withMetadata({ orientation })
        .webp({ lossless: true })
        .toBuffer();
      expect(webpOrientation(file) ?? 1).toBe(orientation);
      const { data: turned, info } = await sharp(file)
        .autoOrient()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const ours = orientedBy({ width: 5, height: 3, data }, orientation satisfies Orientation);
      expect([ours.width, ours.height]).toEqual([info.width, info.height]);
      expect([...ours.data], `${orientation}`).toEqual([...turned]);
    }
  });
});
