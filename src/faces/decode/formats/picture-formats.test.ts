import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pictureFormatOf, pictureFormatOfName, readablePicture } from './picture-formats';

const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe('the format of a picture', () => {
  it.each([
    ['a/b.JPG', 'jpeg'],
    ['x.jpe', 'jpeg'],
    ['x.jfif', 'jpeg'],
    ['J._M._Kariuki_0002.png', 'png'],
    ['x.WebP', 'webp'],
    ['x.gif', 'gif'],
    ['x.BMP', 'bmp'],
    ['x.avif', 'avif'],
    ['x.pgm', 'netpbm'],
    ['x.tif', 'tiff'],
    ['x.HEIC', 'heic'],
    ['x.jp2', 'jp2'],
    ['x.jxl', 'jxl'],
    ['x.dng', 'raw'],
    ['x.txt', null],
    ['jpg', null],
    ['a.jpg/b', null],
    ['x.', null],
    ['', null],
  ])('is known by the name %s', (name, format) => {
    expect(pictureFormatOfName(name)).toBe(format);
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const)(
    'is known by bytes: %s',
    async (kind) => {
      const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: '#777' } });
      expect(pictureFormatOf(new Uint8Array(await picture.toFormat(kind).toBuffer()))).toBe(kind);
    },
  );

  it.each([
    ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'heic'],
    ['\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf', 'avif'],
    ['\0\0\0\x18ftypmp42\0\0\0\0mp42isom', null],
    ['BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0', 'bmp'],
    ['BMW is a maker of cars', null],
    ['P5\n4 4\n255\n', 'netpbm'],
    ['P9\n', null],
    ['\xff\x4f\xff\x51', 'jp2'],
    ['\xff\x0a', 'jxl'],
    ['\0\0\0\x18ftyp', null],
    ['', null],
  ])('is known by the first bytes %j', (text, format) => {
    expect(pictureFormatOf(bytesOf(text))).toBe(format);
  });

  it('is decoded by both platforms or by neither', () => {
    expect(
      ['jpeg', 'gif', 'bmp', 'avif', 'netpbm'].every((format) => readablePicture(format as 'jpeg')),
    ).toBe(true);
    expect(
      ['tiff', 'heic', 'jp2', 'jxl', 'raw'].some((format) => readablePicture(format as 'tiff')),
    ).toBe(false);
  });
});
