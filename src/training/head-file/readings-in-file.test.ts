import { expect, it } from 'vitest';
import { kappaProfile } from '../../evaluation/kappa-profile';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { writeSafetensors, type NamedArray } from '../../formats/safetensors/safetensors';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import type { HeadReading } from '../session/run-events';
import { PROFILES, readingArrays, readingMetadata, readReadings } from './readings-in-file';

const kappa = Float32Array.from({ length: 300 }, (_, i) => 100 + i * i);
const isClean = Array.from(kappa, (_, i) => i > 100);
const readingOf = (policy: HeadReading['policy'], shift: number): HeadReading => ({
  policy,
  kappa: kappaProfile(
    kappa.map((value) => value + shift),
    isClean,
    0.8125,
  ),
  distributions: (['scf', 'cosine'] as const).map((method) => ({
    step: 7,
    policy,
    method,
    genuine: Float32Array.of(shift, 2, 3),
    impostor: Float32Array.of(-1, -2),
  })),
});
const readings = [readingOf('full', 0), readingOf('single', 50)];

async function read(
  arrays: readonly (readonly [string, NamedArray])[],
  metadata: Record<string, string> = {},
): Promise<HeadReading[]> {
  const bytes = writeSafetensors(new Map(arrays), metadata) as Uint8Array<ArrayBuffer>;
  const file = await openTensorFile(new BlobByteSource('head.safetensors', new Blob([bytes])));
  return readReadings(file, 7);
}

const methodsOf = ({ distributions }: HeadReading) => distributions.map(({ method }) => method);

it('reads back what was written, by policy', async () => {
  const found = await read(readingArrays(readings), readingMetadata(readings));
  expect(found.map(({ policy }) => policy)).toEqual(['full', 'single']);
  found.forEach((reading, i) => {
    const written = readings[i]!;
    expect(methodsOf(reading).sort()).toEqual(methodsOf(written).sort());
    for (const each of written.distributions) expect(reading.distributions).toContainEqual(each);
    const { all, clean, ...counts } = written.kappa!;
    expect(reading.kappa).toMatchObject(counts);
    reading.kappa!.all.forEach((value, at) => expect(value / all[at]!).toBeCloseTo(1, 5));
    reading.kappa!.clean.forEach((value, at) => expect(value / clean[at]!).toBeCloseTo(1, 5));
  });
});

it('takes the distributions of an older file for those of single views', async () => {
  const older = readingArrays([readings[1]!]).map(
    ([name, array]) => [name.replace('.single.', '.'), array] as const,
  );
  expect(older[0]![0]).toBe('distribution.scf.genuine');
  const [reading, ...others] = await read(older);
  expect(others).toEqual([]);
  expect(reading).toMatchObject({ policy: 'single', kappa: null });
  for (const each of readings[1]!.distributions)
    expect(reading!.distributions).toContainEqual(each);
});

it('is empty for a file that says nothing, and leaves out scores that are none', async () => {
  expect(await read([])).toEqual([]);
  const arrays = readingArrays([readings[0]!]);
  const [name, array] = arrays[0]!;
  const holed: [string, NamedArray] = [name, { ...array, data: Float32Array.of(1, NaN, 2) }];
  const [reading] = await read([holed, ...arrays.slice(1)]);
  expect(methodsOf(reading!)).toEqual(['cosine']);
});

it.each(['{', '{"full": {"all": [1, 2]}}', '{"full": null}'])('refuses the profile %s', (text) =>
  expect(read([], { [PROFILES]: text })).rejects.toMatchObject({
    code: 'bad-checkpoint',
    message: expect.stringContaining('profiles of κ'),
  }),
);
