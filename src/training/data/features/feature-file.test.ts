import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../formats/safetensors/safetensors';
import { seededRandom } from '../../../core/seeded-random';
import { ClassCentres } from '../../../models/centres/class-centres';
import { decodeFirstPass, encodeFirstPass, featureKey, firstPassKey } from './feature-file';
import type { FirstPass } from '../feature-pass';
import { FeatureStore } from './feature-store';
import { resolveConfig } from '../../config/run-config';

const [INPUT, DIMENSION] = [5, 3];
/** In float32 the third and the fourth are the same number, and the last can't be held exactly. */
const labels = [0, 7, 16_777_216, 16_777_217, 99_999_999];

function storeOf(count: number, seed: number): FeatureStore {
  const random = seededRandom(seed);
  const row = (length: number) => Float32Array.from({ length }, () => random.normal());
  const store = new FeatureStore(INPUT, DIMENSION);
  for (let i = 0; i < count; i++) {
    store.add({
      label: labels[i % labels.length]!,
      severity: i % 3 === 0 ? NaN : Math.fround(random.next()),
      headInput: row(INPUT),
      embedding: row(DIMENSION),
    });
  }
  return store;
}

/** By default with more validation rows than a chunk of the store holds. */
function passOf(validation = storeOf(600, 1)): FirstPass {
  const matrix = Float32Array.from({ length: labels.length * DIMENSION }, (_, i) => i / 8);
  const means = Float32Array.from({ length: labels.length * 4 }, (_, i) => 2 + i / 16);
  return {
    centres: new ClassCentres(DIMENSION, labels, matrix, means),
    validation,
    trainingImages: 640,
    singles: 3,
    complete: true,
  };
}

const contentsOf = (store: FeatureStore) => ({
  labels: store.labels,
  severities: store.severities,
  rows: store.labels.map((_, index) => [[...store.headInput(index)], [...store.embedding(index)]]),
  sizes: [store.inputSize, store.embeddingDim],
});

function expectSame(found: FirstPass | null, expected: FirstPass): void {
  expect(found).not.toBeNull();
  expect(contentsOf(found!.validation)).toEqual(contentsOf(expected.validation));
  expect(found!.centres?.labels).toEqual(expected.centres?.labels);
  expect(found!.centres?.matrix).toEqual(expected.centres?.matrix);
  expect(found!.centres?.dimension).toBe(expected.centres?.dimension);
  expect(found!.centres?.means).toEqual(expected.centres?.means);
  expect([found!.trainingImages, found!.singles, found!.complete]).toEqual([
    expected.trainingImages,
    expected.singles,
    true,
  ]);
}

describe('a kept first pass', () => {
  it('survives writing and reading, with labels of eight digits and unknown severities', () => {
    const pass = passOf();
    const found = decodeFirstPass(encodeFirstPass(pass, 'key'), 'key');
    expectSame(found, pass);
    for (const label of labels)
      expect(found!.centres!.row(label)).toEqual(pass.centres!.row(label));
  });

  it('is not used if one byte of it has changed', () => {
    const bytes = encodeFirstPass(passOf(), 'key');
    bytes[bytes.length - 2]! ^= 1;
    expect(decodeFirstPass(bytes, 'key')).toBeNull();
  });

  it('survives writing and reading without validation pictures', () => {
    const pass = passOf(new FeatureStore(INPUT, DIMENSION));
    expectSame(decodeFirstPass(encodeFirstPass(pass, 'key'), 'key'), pass);
  });

  it('may have no centres of its own, and an unknown number of pictures', () => {
    const pass: FirstPass = {
      ...passOf(new FeatureStore(INPUT, DIMENSION)),
      centres: null,
      trainingImages: null,
    };
    const bytes = encodeFirstPass(pass, 'key');
    expect(
      [...readSafetensors(bytes).tensors.keys()].filter((name) => name.startsWith('centre')),
    ).toEqual([]);
    expectSame(decodeFirstPass(bytes, 'key'), pass);
  });

  it('is not used under another key, in another format, or damaged', () => {
    const bytes = encodeFirstPass(passOf(storeOf(3, 1)), 'key');
    const { tensors, metadata } = readSafetensors(bytes);
    expect(decodeFirstPass(bytes, 'another key')).toBeNull();
    expect(
      decodeFirstPass(
        writeSafetensors(tensors, { ...metadata, format: 'scf-studio-features-0' }),
        'key',
      ),
    ).toBeNull();
    expect(decodeFirstPass(bytes.slice(0, -4), 'key')).toBeNull();
    expect(decodeFirstPass(new Uint8Array(3), 'key')).toBeNull();
  });
});

describe('the key of a first pass', () => {
  const key = (
    changes: Parameters<typeof resolveConfig>[0] = {},
    hash = 'hash',
    source = 'source',
  ) => firstPassKey(resolveConfig(changes), hash, source);

  it('changes with everything that changes the features', () => {
    const others = [
      key({}, 'another hash'),
      key({}, 'hash', 'another source'),
      ...[
        { seed: 1 },
        { head: 'tface-conv' },
        { features: 'stream' },
        { copies: 2 },
        { augmentation: 0.5 },
        { flip: true },
        { validationFraction: 0.3 },
        { maxValidationImages: 50 },
        { centres: 'arcface' },
        { centres: 'cosface' },
        ...[{ margin: 0.3 }, { marginScale: 30 }, { centreEpochs: 3 }, { negativeShare: 0.5 }].map(
          (change) => ({ centres: 'cosface', ...change }),
        ),
      ].map((changes) => key(changes)),
    ];
    expect(new Set([key(), ...others]).size).toBe(others.length + 1);
  });

  it('does not depend on training settings or the name of the source', () => {
    for (const changes of [
      { shards: 'other.json' },
      { margin: 0.3 },
      { centreEpochs: 3 },
      { epochs: 3 },
      { learningRate: 0.1 },
      { batchSize: 8 },
      { numWorkers: 5 },
      { checkpointEvery: 7 },
    ])
      expect(key(changes)).toBe(key());
  });

  it('is the same for heads that read the same output of a backbone', async () => {
    expect(key({ head: 'reference' })).toBe(key({ head: 'tface-conv' }));
    const features = (changes: Parameters<typeof resolveConfig>[0]) =>
      featureKey(resolveConfig(changes), 'hash', 'source');
    expect(await features({ head: 'reference', shards: 'x.json' })).toBe(
      await features({ head: 'tface-conv' }),
    );
    expect(await features({ head: 'compact' })).not.toBe(await features({ head: 'tface-conv' }));
  });

  it('depends on the contents of given centres', () => {
    const config = resolveConfig({ centres: 'file', centreFiles: 'fc.pt' });
    const centres = (labels: number[], first = 0) =>
      new ClassCentres(2, labels, Float32Array.of(first, 1, 1, 0));
    const keys = [undefined, centres([0, 1]), centres([0, 2]), centres([0, 1], -0)].map((given) =>
      firstPassKey(config, 'hash', 'source', given),
    );
    expect(new Set(keys).size).toBe(4);
    expect(firstPassKey(config, 'hash', 'source', centres([0, 1]))).toBe(keys[1]);
  });
});
