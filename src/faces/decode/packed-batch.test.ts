import { describe, expect, it } from 'vitest';
import { CROP_BYTES, packBatch } from './packed-batch';

const crop = (value: number) => new Uint8Array(CROP_BYTES).fill(value);

describe('a packed batch', () => {
  it('holds the crops one after another, followed by zeros', () => {
    const batch = packBatch([crop(5), crop(9)], 4, [false, true]);
    expect([batch.size, batch.count, batch.pixels.length]).toEqual([4, 2, 4 * CROP_BYTES]);
    for (const [row, value] of [5, 9, 0, 0].entries()) {
      const bytes = batch.pixels.subarray(row * CROP_BYTES, (row + 1) * CROP_BYTES);
      expect(
        bytes.every((byte) => byte === value),
        `row ${row}`,
      ).toBe(true);
    }
    expect([...batch.flips]).toEqual([0, 1, 0, 0]);
  });

  it('keeps the bytes of a crop in their order', () => {
    const bytes = Uint8Array.from({ length: CROP_BYTES }, (_, i) => i % 251);
    expect(packBatch([crop(1), bytes], 2).pixels.subarray(CROP_BYTES)).toEqual(bytes);
  });

  it('mirrors nothing by default', () => {
    expect([...packBatch([crop(1), crop(2)], 2).flips]).toEqual([0, 0]);
  });

  it('is its own copy', () => {
    const bytes = crop(1);
    const { pixels } = packBatch([bytes], 1);
    bytes.fill(2);
    expect(pixels[0]).toBe(1);
  });

  it('refuses no crops, too many, and a crop of another size', () => {
    expect(() => packBatch([], 2)).toThrow('A batch of 2 was given 0 crops');
    expect(() => packBatch([crop(1), crop(2), crop(3)], 2)).toThrow(
      'A batch of 2 was given 3 crops',
    );
    expect(() => packBatch([crop(1), new Uint8Array(CROP_BYTES - 1)], 2)).toThrow(
      `A crop has ${CROP_BYTES - 1} bytes; ${CROP_BYTES} were expected`,
    );
  });
});
