import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { isValidationIdentity } from '../../src/faces/identity-split';
import { withChecksums } from '../../src/formats/tensors/array-checksum';
import { hashString, seededRandom, shuffled } from '../../src/core/seeded-random';
import { cosThetaTo } from '../../src/models/centres/centre';
import { ClassCentreBuilder } from '../../src/models/centres/class-centres';
import { createHead } from '../../src/models/heads/create-head';
import { headNames } from '../../src/models/heads/confidence-head';
import { INPUT_PREFIX, joinedStatistics } from '../../src/models/heads/input-standardisation';
import { assignValues } from '../../src/models/heads/variables';
import { columnBlocks } from '../../src/models/heads/reference-head';
import { startingLog } from '../../src/training/step/head-start';
import { resolveConfig } from '../../src/training/config/run-config';
import { initialSchedule, nextSchedule } from '../../src/training/config/schedule';

/**
 * `npx tsx scale-out/testdata/make-testdata.ts`: what the studio itself gives, for `test_scale_out.py` to compare with.
 */
await tf.setBackend('cpu');

/** The published head's arrays grow with the square of its input. */
const convShapes = { compact: [7, 7, 4], 'tface-conv': [7, 7, 4], reference: [2, 2, 6] } as const;
const EMBEDDING = 16;
/** Pictures that a head is given. */
const PICTURES = 3;
const rounded = (values: ArrayLike<number>) => Array.from(values, Math.fround);

function splitOf(
  seed: number,
  fraction: number,
): { seed: number; fraction: number; held: number[] } {
  return {
    seed,
    fraction,
    held: Array.from({ length: 300 }, (_, label) => label).filter((label) =>
      isValidationIdentity(label, seed, fraction),
    ),
  };
}

function flipsOf(seed: number, epoch: number, keys: readonly string[]) {
  return keys.map((key) => ({
    key,
    hash: hashString(key),
    flips: [0, 1, 2].map((copy) => seededRandom(seed, epoch, hashString(key), copy).next() < 0.5),
  }));
}

/**
 * More pictures of one person than a centre is made of, two of them of somebody else; three of
 * another, of which none is dropped; and one of a third, who has no centre. cos θ of each to the
 * others of its person, and of each as if it were a copy of the person's next.
 */
function centres() {
  const random = seededRandom(5);
  const unit = (about: readonly number[], spread: number) => {
    const values = about.map((value) => value + spread * random.normal());
    const norm = Math.hypot(...values);
    return Float32Array.from(values, (value) => value / norm);
  };
  const [one, other] = [0, 1].map(() => Array.from({ length: EMBEDDING }, () => random.normal()));
  const of = (label: number, length: number, about: (i: number) => readonly number[]) =>
    Array.from({ length }, (_, i) => ({ label, unit: unit(about(i), 0.3) }));
  const pictures = [
    ...of(7, 34, (i) => (i < 2 ? other! : one!)),
    ...of(2, 3, (i) => (i === 0 ? one! : other!)),
    ...of(5, 1, () => one!),
  ];
  const builder = new ClassCentreBuilder(EMBEDDING);
  for (const picture of pictures) builder.add(picture.label, picture.unit);
  const made = builder.finish();
  const cosines = pictures.flatMap(({ label, unit: own }, at) => {
    const centre = made.centre(label);
    if (!centre) return [];
    const next = pictures[at + 1]?.label === label ? at + 1 : at;
    return [[cosThetaTo(centre, own, own), cosThetaTo(centre, own, pictures[next]!.unit)]];
  });
  return {
    pictures: pictures.map(({ label, unit: values }) => ({ label, unit: rounded(values) })),
    labels: made.labels,
    matrix: rounded(made.matrix),
    means: rounded(made.means!),
    cosines: cosines.map(rounded),
  };
}

/** log κ that a run starts at. */
function startsOf(objective: 'exact' | 'reference') {
  return [-0.2, 0.3, 0.7, 1].map((cosTheta) => {
    const log = startingLog(cosTheta, { method: 'scf', zDim: 512, objective });
    return { objective, cosTheta, log };
  });
}

/** A file's metadata and arrays, and the metadata with checksums. */
function checksums() {
  const metadata = { format: 'scf-studio-head-1', backbone: 'façade "人" \\ 😀\n' };
  const arrays = { b: [[1.5, -2, 3e-9]], 'a.weight': [[0.1], [0]] };
  const named = Object.entries(arrays).map(([name, rows]) => {
    const shape = [rows.length, rows[0]!.length];
    return [name, { dtype: 'F32', shape, data: Float32Array.from(rows.flat()) }] as const;
  });
  return { metadata, arrays, summed: withChecksums(new Map(named), metadata) };
}

/**
 * A head with every array drawn and its input standardised by these very pictures, what it makes
 * of a conv feature [{@link PICTURES}, h, w, c] and an embedding, and its kappa outside training.
 */
function headOf(name: (typeof headNames)[number]) {
  const random = seededRandom(11);
  const convShape = convShapes[name];
  const [height, width, channels] = convShape;
  // So little room that the published head's first matrix is cut into three blocks.
  const head = createHead(
    name,
    { convShape, embeddingDim: EMBEDDING, initialLogKappa: null },
    3,
    512,
  );
  const drawn = [...head.parameters, ...head.buffers].filter(
    ([key]) => !key.startsWith(INPUT_PREFIX),
  );
  const arrays = drawn.map(([key, variable]) => {
    const values = Float32Array.from({ length: variable.size }, () =>
      key.endsWith('Variance') ? 0.5 + random.next() : 0.2 * random.normal(),
    );
    assignValues(variable, values);
    return {
      name: key,
      shape: variable.shape,
      values: Array.from(values, (value) => Number(value.toFixed(4))),
    };
  });
  // What was rounded for the file is what the head computes with.
  for (const { name: key, values } of arrays)
    assignValues((head.parameters.get(key) ?? head.buffers.get(key))!, Float32Array.from(values));
  const normal = (length: number) =>
    Float32Array.from({ length }, () => Number(random.normal().toFixed(4)));
  const size = height * width * channels;
  const convFeature = tf.tensor4d(normal(PICTURES * size), [PICTURES, ...convShape]);
  const embedding = tf.tensor2d(normal(PICTURES * EMBEDDING), [PICTURES, EMBEDDING]);
  const input = head.headInput({ convFeature, embedding });
  const { standardisation } = head;
  standardisation.set(
    joinedStatistics(null, input.dataSync() as Float32Array, standardisation.layout)!,
  );
  for (const [key, variable] of standardisation.variables) {
    arrays.push({ name: key, shape: variable.shape, values: rounded(variable.dataSync()) });
  }
  const logKappa = head.logConcentration(input, tf.ones([PICTURES]) as tf.Tensor1D, false);
  const short = (tensor: tf.Tensor) =>
    Array.from(tensor.dataSync(), (value) => Number(value.toFixed(4)));
  return {
    name,
    convShape,
    arrays,
    convFeature: short(convFeature),
    embedding: short(embedding),
    logKappa: rounded(logKappa.dataSync()),
  };
}

/** Learning rates over the epochs of a run whose validation losses are given. */
function scheduleOf(schedule: 'StepLR' | 'ReduceLROnPlateau', losses: readonly number[]) {
  const config = resolveConfig({ schedule, learningRate: 0.1, stepSize: 2, gamma: 0.5 });
  let state = initialSchedule(config);
  const rates = losses.map(
    (loss, epoch) => (state = nextSchedule(state, config, epoch + 1, loss)).learningRate,
  );
  return { schedule, losses, rates };
}

const data = {
  about: 'Made by make-testdata.ts from the studio itself.',
  splits: [splitOf(777, 0.2), splitOf(1, 0.5)],
  flips: { seed: 777, epoch: 3, pictures: flipsOf(777, 3, ['00130-005', 'a', 'façade-人-😀']) },
  shuffled: {
    seeds: [777, 4],
    count: 25,
    order: shuffled(
      Array.from({ length: 25 }, (_, i) => i),
      seededRandom(777, 4),
    ),
  },
  columnBlocks: [
    [25088, 12544],
    [12544, 6272],
    [6272, 1],
  ].map(([fanIn, fanOut]) => ({ fanIn, fanOut, widths: columnBlocks(fanIn!, fanOut!, 2 ** 30) })),
  centres: centres(),
  starts: [...startsOf('exact'), ...startsOf('reference')],
  checksums: checksums(),
  heads: headNames.map(headOf),
  schedules: [
    scheduleOf('StepLR', [5, 4, 3, 2, 1]),
    scheduleOf('ReduceLROnPlateau', [5, 5, 5, 5, 4.9999, 4, 4, 4, 4, 3]),
  ],
};
await writeFile(
  fileURLToPath(new URL('studio.json', import.meta.url)),
  `${JSON.stringify(data)}\n`,
);
