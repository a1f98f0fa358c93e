import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  decodedFaces,
  type DecodedFace,
  type DecodedStreamOptions,
} from '../../faces/decode/decoded-stream';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import type { FaceSource } from '../../faces/face-source';
import type { SkippedItem } from '../../faces/survey/left-out';
import { readAhead } from '../../faces/sources/read-ahead';
import { isValidationIdentity } from '../../faces/identity-split';
import { seededRandom, shuffled } from '../../core/seeded-random';
import type { Backbone } from '../../models/backbones/backbone';
import { Embedder } from '../../models/backbones/embedder';
import type { ClassDirections } from '../../models/centres/running-centres';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import { cosThetaOnDevice } from '../step/cos-theta-on-device';
import { groupsOf } from '../../core/groups-of';
import type { FeatureRows } from './features/feature-rows';
import type { HeadBatch } from '../step/head-batch';
import { identityGroups } from './identity-groups';
import { isPairwise } from '../../confidence/confidence-method';
import type { RunConfig } from '../config/run-config';

/** A batch of an epoch. */
export interface EpochBatch extends HeadBatch {
  /**
   * How far into the epoch's order the batch reaches: records of the source, those passed over
   * included. From kept features: pictures, or groups of pictures.
   */
  readonly orderPosition: number;
}

/**
 * Batches of one epoch from kept features: groups of one identity for methods that learn from
 * pairs, shuffled pictures for the others.
 * @param cosThetaOf cos θ of a row to its class centre
 * @param firstBatch batches of the epoch that are done already
 */
export function batchesFromStore(
  store: FeatureRows,
  cosThetaOf: (row: number) => number,
  config: RunConfig,
  epoch: number,
  firstBatch: number,
): AsyncGenerator<EpochBatch> {
  return isPairwise(config.method)
    ? groupedBatches(store, cosThetaOf, config, epoch, firstBatch)
    : shuffledBatches(store, cosThetaOf, config, epoch, firstBatch);
}

/** `picturesPerIdentity` rows for each identity; a row without a picture is padding. */
async function* groupedBatches(
  store: FeatureRows,
  cosThetaOf: (row: number) => number,
  config: RunConfig,
  epoch: number,
  firstBatch: number,
): AsyncGenerator<EpochBatch> {
  const { batchSize, picturesPerIdentity: size } = config;
  const groups = identityGroups(store.labels, size, config.seed, epoch);
  const perBatch = batchSize / size;
  for (let start = firstBatch * perBatch; start < groups.length; start += perBatch) {
    const chosen = groups.slice(start, start + perBatch);
    if (config.dropLast && chosen.length < perBatch) return;
    const input = new Float32Array(batchSize * store.inputSize);
    const embedding = new Float32Array(batchSize * store.embeddingDim);
    const cosTheta = new Float32Array(batchSize);
    const mask = new Float32Array(batchSize);
    chosen.forEach((group, place) =>
      group.forEach((index, at) => {
        const row = place * size + at;
        input.set(store.headInput(index), row * store.inputSize);
        embedding.set(store.embedding(index), row * store.embeddingDim);
        cosTheta[row] = cosThetaOf(index);
        mask[row] = 1;
      }),
    );
    yield {
      input: tf.tensor2d(input, [batchSize, store.inputSize]),
      embedding: tf.tensor2d(embedding, [batchSize, store.embeddingDim]),
      cosTheta: tf.tensor1d(cosTheta),
      mask: tf.tensor1d(mask),
      count: chosen.flat().length,
      orderPosition: start + chosen.length,
    };
  }
}

/** Pictures in a permutation drawn from (seed, epoch). */
async function* shuffledBatches(
  store: FeatureRows,
  cosThetaOf: (row: number) => number,
  config: RunConfig,
  epoch: number,
  firstBatch: number,
): AsyncGenerator<EpochBatch> {
  const order = shuffled([...Array(store.count).keys()], seededRandom(config.seed, epoch));
  for (let start = firstBatch * config.batchSize; start < order.length; start += config.batchSize) {
    const indices = order.slice(start, start + config.batchSize);
    if (config.dropLast && indices.length < config.batchSize) return;
    const cosines = indices.map(cosThetaOf);
    const input = tf.tensor2d(store.gatherInputs(indices, config.batchSize), [
      config.batchSize,
      store.inputSize,
    ]);
    yield {
      input,
      ...cosineColumns(cosines, config.batchSize),
      count: indices.length,
      orderPosition: start + indices.length,
    };
  }
}

/** What batches of a stream need besides the config. */
export interface StreamingOptions {
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly backbone: Backbone;
  readonly head: ConfidenceHead;
  /** Pictures in one pass of the backbone. */
  readonly backboneBatch: number;
  readonly centres: ClassDirections;
  readonly signal: AbortSignal;
  readonly onSkip: (item: SkippedItem) => void;
  readonly onRetry: (shard: string, attempt: number, reason: string) => void;
}

/**
 * How an epoch's stream is opened and decoded.
 * @param skip records of the epoch's order to pass over, because they were trained on before
 */
export function streamOptions(
  { signal, onSkip, onRetry }: Pick<StreamingOptions, 'signal' | 'onSkip' | 'onRetry'>,
  config: RunConfig,
  epoch: number,
  skip: number,
) {
  return {
    open: {
      seed: config.seed,
      epoch: epoch + 1,
      skip,
      shuffleBuffer: config.shuffleBuffer,
      shuffle: config.shuffle === 'auto' ? undefined : config.shuffle,
      signal,
      onSkip,
      onRetry,
    },
    concurrency: 4 * config.numWorkers,
    augmentation: config.augmentation,
    flip: config.flip,
  } satisfies Partial<DecodedStreamOptions>;
}

/**
 * Batches of one epoch straight from the source, which is decoded, augmented and embedded again.
 * @param skip as {@link streamOptions}
 */
export async function* batchesFromSource(
  options: StreamingOptions,
  config: RunConfig,
  epoch: number,
  skip: number,
): AsyncGenerator<EpochBatch> {
  const { centres } = options;
  const faces = decodedFaces(options.source, options.decoder, {
    ...streamOptions(options, config, epoch, skip),
    copies: 1,
    augmentFirstCopy: true,
    accept: (label) =>
      centres.centre(label) !== undefined &&
      !isValidationIdentity(label, config.seed, config.validationFraction),
  });
  // While a batch is embedded and trained on, the next one is read and decoded.
  for await (const group of readAhead(groupsOf(faces, config.batchSize), 1)) {
    if (config.dropLast && group.length < config.batchSize) return;
    const batch = tf.tidy(() => embedGroup(group, options, config.batchSize));
    yield {
      ...batch,
      mask: maskOf(group.length, config.batchSize),
      count: group.length,
      orderPosition: group.at(-1)!.recordsPassed,
    };
  }
}

/**
 * Head inputs [B, inputSize] and cos θ [B] of a batch, from passes of the backbone in one fixed
 * shape.
 */
function embedGroup(
  group: readonly DecodedFace[],
  { backbone, head, backboneBatch, centres }: StreamingOptions,
  batchSize: number,
): { input: Tensor2D; cosTheta: Tensor1D } {
  const chunk = Math.min(backboneBatch, batchSize);
  const embedder = new Embedder(backbone, chunk);
  const inputs: Tensor2D[] = [];
  const embeddings: Tensor2D[] = [];
  for (let start = 0; start < batchSize; start += chunk) {
    const faces = group.slice(start, start + chunk);
    // A chunk of padding is embedded too, so that every batch has one shape.
    const batch = embedder.pack(faces.length > 0 ? faces : group.slice(0, 1));
    const [input, embedding] = embedder.runFor(head, batch);
    inputs.push(input);
    embeddings.push(embedding);
  }
  const rows = <T extends Tensor2D>(parts: T[]) =>
    tf.slice(parts.length === 1 ? parts[0]! : tf.concat(parts, 0), 0, batchSize);
  const compared = group.map(({ label, isAugmented }) => ({
    centre: centres.centre(label)!,
    isAugmented,
  }));
  const centreRows = new Float32Array(batchSize * centres.dimension);
  compared.forEach(({ centre }, row) => centreRows.set(centre.direction, row * centres.dimension));
  const embedding = rows(embeddings);
  const norm = tf.sqrt(tf.add(tf.sum(tf.square(embedding), 1), 1e-12));
  const along = tf.sum(
    tf.mul(embedding, tf.tensor2d(centreRows, [batchSize, centres.dimension])),
    1,
  );
  return { input: rows(inputs), cosTheta: cosThetaOnDevice(tf.div(along, norm), compared) };
}

/** cos θ and mask as padded tensors. */
export function cosineColumns(
  cosines: readonly number[],
  size: number,
): { cosTheta: Tensor1D; mask: Tensor1D } {
  const column = new Float32Array(size);
  column.set(cosines);
  return { cosTheta: tf.tensor1d(column), mask: maskOf(cosines.length, size) };
}

function maskOf(count: number, size: number): Tensor1D {
  return tf.tensor1d(new Float32Array(size).fill(1, 0, count));
}
