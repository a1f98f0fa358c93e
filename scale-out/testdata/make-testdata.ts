import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { isValidationIdentity } from '../../src/faces/identity-split';
import { hashString, seededRandom, shuffled } from '../../src/formats/seeded-random';
import { ClassCentreBuilder } from '../../src/models/class-centres';
import { createHead, headNames } from '../../src/models/heads/create-head';
import { assignValues } from '../../src/models/heads/variables';
import { columnBlocks } from '../../src/models/heads/reference-head';
import { resolveConfig } from '../../src/training/run-config';
import { initialSchedule, nextSchedule } from '../../src/training/schedule';

/** `npx tsx scale-out/testdata/make-testdata.ts`: what the studio itself gives, for `test_scale_out.py` to compare with. */
await tf.setBackend('cpu');

/** The published head's arrays grow with the square of its input. */
const convShapes = { compact: [7, 7, 4], 'tface-conv': [7, 7, 4], reference: [2, 2, 6] } as const;
const EMBEDDING = 16;
const rounded = (values: ArrayLike<number>) => Array.from(values, Math.fround);

function splitOf(seed: number, fraction: number): { seed: number; fraction: number; held: number[] } {
  return { seed, fraction, held: Array.from({ length: 300 }, (_, label) => label).filter((label) => isValidationIdentity(label, seed, fraction)) };
}

function flipsOf(seed: number, epoch: number, keys: readonly string[]) {
  return keys.map((key) => ({ key, hash: hashString(key), flips: [0, 1, 2].map((copy) => seededRandom(seed, epoch, hashString(key), copy).next() < 0.5) }));
}

/** Ten pictures of one person, two of them of somebody else; and three of another, of which none is dropped. */
function centres() {
  const random = seededRandom(5);
  const unit = (about: readonly number[], spread: number) => {
    const values = about.map((value) => value + spread * random.normal());
    const norm = Math.hypot(...values);
    return Float32Array.from(values, (value) => value / norm);
  };
  const [one, other] = [0, 1].map(() => Array.from({ length: EMBEDDING }, () => random.normal()));
  const pictures = [
    ...Array.from({ length: 10 }, (_, i) => ({ label: 7, unit: unit(i < 2 ? other! : one!, 0.3) })),
    ...Array.from({ length: 3 }, (_, i) => ({ label: 2, unit: unit(i === 0 ? one! : other!, 0.3) })),
  ];
  const builder = new ClassCentreBuilder(EMBEDDING);
  for (const picture of pictures) builder.add(picture.label, picture.unit);
  const { labels, matrix } = builder.finish();
  return { pictures: pictures.map(({ label, unit: values }) => ({ label, unit: rounded(values) })), labels, matrix: rounded(matrix) };
}

/** A head with every array drawn, what it makes of a conv feature [2, h, w, c] and an embedding, and its kappa outside training. */
function headOf(name: (typeof headNames)[number]) {
  const random = seededRandom(11);
  const convShape = convShapes[name];
  const [height, width, channels] = convShape;
  // So little room that the published head's first matrix is cut into three blocks.
  const head = createHead(name, { convShape, embeddingDim: EMBEDDING, initialLogKappa: null }, 3, 512);
  const arrays = [...head.parameters, ...head.buffers].map(([key, variable]) => {
    const values = Float32Array.from({ length: variable.size }, () => (key.endsWith('Variance') ? 0.5 + random.next() : 0.2 * random.normal()));
    assignValues(variable, values);
    return { name: key, shape: variable.shape, values: Array.from(values, (value) => Number(value.toFixed(4))) };
  });
  // What was rounded for the file is what the head computes with.
  for (const { name: key, values } of arrays) assignValues((head.parameters.get(key) ?? head.buffers.get(key))!, Float32Array.from(values));
  const convFeature = tf.tensor4d(Float32Array.from({ length: 2 * height * width * channels }, () => Number(random.normal().toFixed(4))), [2, ...convShape]);
  const embedding = tf.tensor2d(Float32Array.from({ length: 2 * EMBEDDING }, () => Number(random.normal().toFixed(4))), [2, EMBEDDING]);
  const logKappa = head.logKappa(head.headInput({ convFeature, embedding }), tf.ones([2]) as tf.Tensor1D, false);
  const short = (tensor: tf.Tensor) => Array.from(tensor.dataSync(), (value) => Number(value.toFixed(4)));
  return { name, convShape, arrays, convFeature: short(convFeature), embedding: short(embedding), logKappa: rounded(logKappa.dataSync()) };
}

/** Learning rates over the epochs of a run whose validation losses are given. */
function scheduleOf(schedule: 'StepLR' | 'ReduceLROnPlateau', losses: readonly number[]) {
  const config = resolveConfig({ schedule, learningRate: 0.1, stepSize: 2, gamma: 0.5 });
  let state = initialSchedule(config);
  const rates = losses.map((loss, epoch) => (state = nextSchedule(state, config, epoch + 1, loss)).learningRate);
  return { schedule, losses, rates };
}

const data = {
  about: 'Made by make-testdata.ts from the studio itself.',
  splits: [splitOf(777, 0.2), splitOf(1, 0.5)],
  flips: { seed: 777, epoch: 3, pictures: flipsOf(777, 3, ['00130-005', 'a', 'façade-人-😀']) },
  shuffled: { seeds: [777, 4], count: 25, order: shuffled(Array.from({ length: 25 }, (_, i) => i), seededRandom(777, 4)) },
  columnBlocks: [[25088, 12544], [12544, 6272], [6272, 1]].map(([fanIn, fanOut]) => ({ fanIn, fanOut, widths: columnBlocks(fanIn!, fanOut!, 2 ** 30) })),
  centres: centres(),
  heads: headNames.map(headOf),
  schedules: [scheduleOf('StepLR', [5, 4, 3, 2, 1]), scheduleOf('ReduceLROnPlateau', [5, 5, 5, 5, 4.9999, 4, 4, 4, 4, 3])],
};
await writeFile(fileURLToPath(new URL('studio.json', import.meta.url)), `${JSON.stringify(data)}\n`);
