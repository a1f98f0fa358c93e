import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../cli/node/decode-image';
import { decodeNetpbm } from './decode-netpbm';
import { pictureHeader } from './picture-header';

const bytesOf = (text: string, ...values: number[]) =>
  Uint8Array.from([...Array.from(text, (letter) => letter.charCodeAt(0)), ...values]);
const grey = (...values: number[]) => values.flatMap((value) => [value, value, value]);

describe('a Netpbm picture', () => {
  it.each([
    [
      'bits in digits',
      bytesOf('P1\n# a note\n3 2\n1 0 1\n010'),
      [3, 2],
      grey(0, 255, 0, 255, 0, 255),
    ],
    ['grey in digits', bytesOf('P2 2 2 15\n0 5\n15 10\n'), [2, 2], grey(0, 85, 255, 170)],
    [
      'colours in digits',
      bytesOf('P3\n1 2\n255\n1 2 3\n# note\n4 5 6'),
      [1, 2],
      [1, 2, 3, 4, 5, 6],
    ],
    [
      'bits',
      bytesOf('P4\n9 2\n', 0x80, 0, 0, 0x80),
      [9, 2],
      grey(0, ...new Array<number>(16).fill(255), 0),
    ],
    ['grey', bytesOf('P5\n# by hand\n2 1\n255\n', 7, 200), [2, 1], grey(7, 200)],
    ['grey of 16 bits', bytesOf('P5 2 1 65535\n', 0x80, 0x80, 0xff, 0xff), [2, 1], grey(128, 255)],
    ['colours', bytesOf('P6\n1 1\n255\n', 10, 20, 30), [1, 1], [10, 20, 30]],
  ])('of %s', async (_, bytes, [width, height], data) => {
    expect(decodeNetpbm(bytes)).toEqual({ width, height, data: Uint8Array.from(data) });
    expect(pictureHeader(bytes)).toEqual({ format: 'netpbm', width, height });
    expect((await decodeImage(bytes)).data).toEqual(Uint8Array.from(data));
  });

  it.each([
    ['P5\n2 2\n255\n\x01\x02\x03', 'it ends too early'],
    ['P2\n2 1\n255\n1', 'it ends too early'],
    ['P2\n1 1\n255\nx', 'something other than numbers'],
    ['P5\n0 2\n255\n', 'its Netpbm header is damaged'],
    ['P5\n2 2\n99999\n', 'its Netpbm header is damaged'],
    ['P6\n9000 9000\n255\n', 'it has 9000 × 9000 pixels; at most 64 million are read'],
  ])('that is damaged is refused: %j', async (text, reason) => {
    await expect(decodeImage(bytesOf(text), 'a.pgm')).rejects.toMatchObject({
      code: 'bad-image',
      message: expect.stringContaining(reason),
    });
  });
});
