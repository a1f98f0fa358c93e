import { expect, it } from 'vitest';
import { CROP_SIZE } from './face-record';
import { sharpness } from './sharpness';

const crop = (pixel: (x: number, y: number) => readonly [number, number, number]) =>
  Uint8Array.from(
    Array.from({ length: CROP_SIZE * CROP_SIZE }, (_, i) =>
      pixel(i % CROP_SIZE, Math.floor(i / CROP_SIZE)),
    ).flat(),
  );

it('is the variance of the Laplacian of the grey picture', () => {
  // A slope has a Laplacian of 0 everywhere.
  expect(sharpness(crop((x) => [x, x, x]))).toBeCloseTo(0, 9);
  // One pixel of green: 4g there, −g at its four neighbours, and 0 elsewhere.
  const g = 0.587 * 200;
  const pixels = (CROP_SIZE - 2) ** 2;
  const dot = crop((x, y) => [0, x === 50 && y === 60 ? 200 : 0, 0]);
  expect(sharpness(dot)).toBeCloseTo((16 * g * g + 4 * g * g) / pixels, 6);
  // A chequerboard of 0 and 10 has ±40.
  expect(
    sharpness(
      crop((x, y) => [10, 10, 10].map((v) => v * ((x + y) % 2)) as [number, number, number]),
    ),
  ).toBeCloseTo(1600, 6);
  expect(() => sharpness(new Uint8Array(12))).toThrow(RangeError);
});
