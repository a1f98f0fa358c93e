import { expect, it } from 'vitest';
import { rgbBytes } from './rgb-bytes';

/** Reference implementation, byte by byte. */
function plainly(pixels: Uint8Array, order: 'RGB' | 'BGR'): number[] {
  const channels = order === 'RGB' ? [0, 1, 2] : [2, 1, 0];
  return Array.from({ length: pixels.length / 4 }, (_, pixel) =>
    channels.map((channel) => pixels[4 * pixel + channel]!),
  ).flat();
}

// Every remainder modulo four, and bytes of every value.
it.each([0, 1, 2, 3, 4, 5, 6, 7, 129, 112 * 112])(
  'leaves the fourth byte of %i pixels out',
  (count) => {
    const pixels = Uint8Array.from({ length: 4 * count }, (_, i) => (i * 167 + (i >> 7)) % 256);
    for (const order of ['RGB', 'BGR'] as const)
      expect([...rgbBytes(pixels, order)]).toEqual(plainly(pixels, order));
  },
);

it('accepts a view, and clamped bytes', () => {
  const around = Uint8ClampedArray.from({ length: 40 }, (_, i) => 6 * i);
  expect([...rgbBytes(around.subarray(8, 32), 'BGR')]).toEqual(
    plainly(Uint8Array.from(around.subarray(8, 32)), 'BGR'),
  );
});
