import { StudioError } from '../../core/studio-error';
import { Throttle } from '../../core/throttle';
import { seededRandom, shuffled } from '../../core/seeded-random';
import { ClassCentres } from '../../models/centres/class-centres';
import { ClassSampler } from '../data/class-sampler';
import type { EmbeddingSet } from '../data/embedding-store';
import { marginStep, type RowGradients } from './margin-loss';
import type { MarginSettings } from '../objectives/margin';
import { yieldToMessages } from '../../core/yield-to-messages';

/** Settings of {@link trainMarginClassifier}. */
export interface ClassifierSettings extends MarginSettings {
  readonly epochs: number;
  /** Share of all classes in a step's softmax, always with the batch's own classes; 1 is all. */
  readonly negativeShare: number;
  readonly seed: number;
  /** Initial rows: the means of their pictures, or random directions. */
  readonly initial?: 'means' | 'random';
  readonly batchSize?: number;
}

/** Progress of a classifier's training. */
export interface ClassifierProgress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Pictures trained on so far, and in total, over all epochs. */
  readonly done: number;
  readonly total: number;
  /** Means over the epoch so far; accuracy among the step's classes, without the margin. */
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
}

/** Callback and signal of a training. */
export interface ClassifierListener {
  readonly onProgress?: (progress: ClassifierProgress) => void;
  readonly signal?: AbortSignal;
}

const BATCH = 256;
/**
 * Learning rate of the first step: about the angle, in radians, by which one picture turns the row
 * of its class. Falls to 0 as (1 − t)².
 */
const LEARNING_RATE = 0.05;
const MOMENTUM = 0.9;
/** Milliseconds of work before the thread yields to waiting messages. */
const YIELD_INTERVAL = 50;

/**
 * Trains class centres as the weights of an ArcFace or CosFace classifier over fixed embeddings:
 * only the last layer of such a network. Rows are unit vectors on the CPU, each with a momentum; a
 * step sends the rows that it needs to the device and reads their gradients back. The same seed
 * gives the same rows on the same backend.
 *
 * The result differs from the last layer of a network that was trained end to end: there, the
 * embeddings moved towards their rows as well.
 * @param set pictures of at least two identities
 * @returns a unit row for each label that occurs, ordered by label
 * @throws StudioError `bad-source` for fewer than two labels, `diverged` if the loss is not finite;
 * `signal`'s reason
 */
export async function trainMarginClassifier(
  set: EmbeddingSet,
  settings: ClassifierSettings,
  { onProgress, signal }: ClassifierListener = {},
): Promise<ClassCentres> {
  const { embeddingDim: dimension } = set;
  const { epochs, seed, batchSize = BATCH } = settings;
  const labels = [...new Set(set.labels)].sort((a, b) => a - b);
  if (labels.length < 2)
    throw new StudioError(
      'bad-source',
      `A classifier tells identities apart; the pictures are of ${labels.length}, and at ` +
        'least two were expected.',
      'Point the studio at pictures of more people.',
    );
  const rowOf = new Map(labels.map((label, row) => [label, row]));
  const classOf = Int32Array.from(set.labels, (label) => rowOf.get(label)!);
  const rows = new ClassRows(startingRows(set, classOf, labels.length, settings), dimension);
  const sampler = new ClassSampler(
    labels.length,
    settings.negativeShare,
    seededRandom(seed, 0x6e656761),
  );
  const count = set.labels.length;
  const total = epochs * count;
  const startedAt = performance.now();
  const yields = new Throttle(YIELD_INTERVAL);
  yields.restart();
  let done = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled([...set.labels.keys()], seededRandom(seed, 0x636c6173, epoch));
    let loss = 0;
    let correct = 0;
    for (let start = 0; start < count; start += batchSize) {
      signal?.throwIfAborted();
      const batch = order.slice(start, start + batchSize);
      const { rows: chosen, targets } = sampler.sample(batch.map((index) => classOf[index]!));
      const step = await marginStep(
        gathered(set, batch),
        targets,
        rows.gather(chosen),
        dimension,
        settings,
      );
      if (!Number.isFinite(step.loss))
        throw new StudioError(
          'diverged',
          `The loss of the classifier became ${step.loss} in epoch ${epoch + 1}.`,
          'Choose a smaller margin or scale.',
        );
      rows.turn(chosen, step.gradients, LEARNING_RATE * (1 - done / total) ** 2);
      done += batch.length;
      loss += step.loss * batch.length;
      correct += step.correct;
      const seen = start + batch.length;
      const elapsedMs = performance.now() - startedAt;
      onProgress?.({
        epoch: epoch + 1,
        epochs,
        done,
        total,
        loss: loss / seen,
        accuracy: correct / seen,
        imagesPerSecond: done / Math.max(1e-3, elapsedMs / 1000),
      });
      if (!yields.isDue) continue;
      await yieldToMessages();
      yields.restart();
    }
  }
  return new ClassCentres(dimension, labels, rows.matrix);
}

/** The rows of a classifier on the unit sphere, each with its velocity. */
class ClassRows {
  readonly #velocity: Float32Array;

  constructor(
    readonly matrix: Float32Array,
    readonly dimension: number,
  ) {
    this.#velocity = new Float32Array(matrix.length);
  }

  /** Copies some rows. null gives all of them, not as a copy: don't write to it. */
  gather(rows: Uint32Array | null): Float32Array {
    if (!rows) return this.matrix;
    const { dimension } = this;
    const gathered = new Float32Array(rows.length * dimension);
    rows.forEach((row, at) =>
      gathered.set(this.matrix.subarray(row * dimension, (row + 1) * dimension), at * dimension),
    );
    return gathered;
  }

  /** One step of SGD with momentum along the sphere. Other rows keep position and velocity. */
  turn(rows: Uint32Array | null, gradients: readonly RowGradients[], rate: number): void {
    const { dimension } = this;
    for (const { from, data } of gradients) {
      for (let at = 0; at < data.length; at += dimension) {
        const place = from + at / dimension;
        this.#turnRow(
          (rows ? rows[place]! : place) * dimension,
          data.subarray(at, at + dimension),
          rate,
        );
      }
    }
  }

  #turnRow(start: number, gradient: Float32Array, rate: number): void {
    const w = this.matrix;
    const v = this.#velocity;
    let along = 0;
    for (let i = 0; i < gradient.length; i++) along += gradient[i]! * w[start + i]!;
    let squared = 0;
    for (let i = 0; i < gradient.length; i++) {
      const velocity = MOMENTUM * v[start + i]! + gradient[i]! - along * w[start + i]!;
      v[start + i] = velocity;
      const moved = w[start + i]! - rate * velocity;
      w[start + i] = moved;
      squared += moved * moved;
    }
    const scale = 1 / Math.sqrt(squared);
    for (let i = 0; i < gradient.length; i++) w[start + i]! *= scale;
  }
}

function gathered(set: EmbeddingSet, indices: readonly number[]): Float32Array {
  const rows = new Float32Array(indices.length * set.embeddingDim);
  indices.forEach((index, at) => rows.set(set.embedding(index), at * set.embeddingDim));
  return rows;
}

/** Initial unit rows. An identity whose pictures cancel each other out gets a random direction. */
function startingRows(
  set: EmbeddingSet,
  classOf: Int32Array,
  classes: number,
  { seed, initial = 'means' }: ClassifierSettings,
): Float32Array {
  const dimension = set.embeddingDim;
  const rows = new Float32Array(classes * dimension);
  if (initial === 'means') {
    classOf.forEach((row, index) => {
      const embedding = set.embedding(index);
      for (let i = 0; i < dimension; i++) rows[row * dimension + i]! += embedding[i]!;
    });
  }
  const random = seededRandom(seed, 0x726f7773);
  for (let start = 0; start < rows.length; start += dimension) {
    const row = rows.subarray(start, start + dimension);
    if (norm(row) < 1e-6) row.set(row.map(() => random.normal()));
    const length = norm(row);
    row.set(row.map((value) => value / length));
  }
  return rows;
}

function norm(row: Float32Array): number {
  let squared = 0;
  for (const value of row) squared += value * value;
  return Math.sqrt(squared);
}
