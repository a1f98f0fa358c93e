import { describe, expect, it } from 'vitest';
import { BMP_HEIGHT, BMP_WIDTH, bmpKinds, plainBmp } from '../../../../test/fixtures/plain-bmp';
import { decodeImage } from '../../../cli/node/decode-image';
import { decodeBmp } from './decode-bmp';
import { pictureHeader } from './picture-header';

const kind = (name: string) => bmpKinds.find((one) => one.name === name)!;

// A browser test compares the pixels with the browser's own decoder.
describe('a BMP', () => {
  it.each(bmpKinds)('of $name has its size', async (one) => {
    const bytes = plainBmp(one);
    expect(pictureHeader(bytes)).toEqual({ format: 'bmp', width: BMP_WIDTH, height: BMP_HEIGHT });
    expect(await decodeImage(bytes)).toMatchObject({ width: BMP_WIDTH, height: BMP_HEIGHT });
  });

  it('has its first row on top, and blue first', () => {
    const { data } = decodeBmp(plainBmp(kind('24 bits')));
    expect([...data.subarray(0, 6)]).toEqual([255, 0, 0, 246, 1, 35]);
    expect(data).toEqual(decodeBmp(plainBmp(kind('24 bits from the top down'))).data);
  });

  it('is opaque if alpha is 0 everywhere; otherwise it lies over white', () => {
    expect([...decodeBmp(plainBmp(kind('of an alpha of nothing'))).data.subarray(0, 6)]).toEqual([
      0, 0, 255, 35, 1, 246,
    ]);
    const [first, second] = [0, 3].map((at) => [
      ...decodeBmp(plainBmp(kind('veiled'))).data.subarray(at, at + 3),
    ]);
    expect(first).toEqual([255, 255, 255]);
    expect(second).toEqual([254, 235, 238]);
  });

  it.each(bmpKinds)('of $name that is cut is refused', async (one) => {
    const bytes = plainBmp(one);
    const refused = {
      code: 'bad-image',
      message: expect.stringMatching(/it ends too early|damaged/),
    };
    for (const length of [20, 40, bytes.length - 12]) {
      await expect(decodeImage(bytes.subarray(0, length), 'a.bmp')).rejects.toMatchObject(refused);
    }
  });

  it('of an unknown compression is refused, naming it', async () => {
    const bytes = plainBmp(kind('24 bits'));
    bytes[30] = 4;
    await expect(decodeImage(bytes)).rejects.toThrow('it is a BMP of 24 bits and compression 4');
  });
});
