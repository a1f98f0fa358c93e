import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { decodedFaces, type DecodedFace } from '../faces/decoded-stream';
import type { CropDecoder } from '../faces/crop-decoder';
import { severity } from '../faces/face-record';
import type { FaceSource, SkippedItem } from '../faces/face-source';
import { isValidationIdentity } from '../faces/identity-split';
import { packBatch } from '../faces/packed-batch';
import { readAhead } from '../faces/read-ahead';
import type { Backbone } from '../models/backbone';
import { normalised, type ClassCentres } from '../models/class-centres';
import type { ConfidenceHead } from '../models/heads/confidence-head';
import { FeatureStore } from './feature-store';
import type { RunConfig } from './run-config';

/** Pictures that go through the backbone at once: one shape for every pass, so that buffers are reused. */
export const BACKBONE_BATCH = 32;

/** Makes class centres of what a first pass embeds. */
export interface CentreMaker {
  /** Looks at the label of a record, whether it is embedded or passed over. @throws StudioError to refuse it */
  check?(label: number): void;
  /** Takes a picture as it is: its unit embedding. @throws StudioError to end the pass */
  add(label: number, unit: Float32Array): void;
  /** The centres; null where they are given, and nothing was to be made. @throws StudioError */
  finish(): ClassCentres | null | Promise<ClassCentres | null>;
}

/** What the first pass over a source leaves behind. */
export interface FirstPass {
  /** null where they were given. */
  readonly centres: ClassCentres | null;
  /** Features of training pictures; empty when the run streams. */
  readonly training: FeatureStore;
  /** Features of held-out identities' pictures, at most `config.maxValidationImages`. */
  readonly validation: FeatureStore;
  /** Training pictures seen, kept or not; null where only held-out ones were looked for. */
  readonly trainingImages: number | null;
  /** Nothing was skipped: the pass may stand for the source from now on. */
  readonly complete: boolean;
}

/** What the pass needs and whom it tells. */
export interface FirstPassOptions {
  readonly config: RunConfig;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly backbone: Backbone;
  readonly head: ConfidenceHead;
  readonly centres: CentreMaker;
  /** Looks for pictures of held-out identities alone, and ends with the last that is kept: where nothing else is needed. */
  readonly heldOutOnly?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (pictures: number) => void;
  readonly onSkip: (item: SkippedItem) => void;
  readonly onRetry: (shard: string, attempt: number, reason: string) => void;
}

/** Bytes of features kept in memory, at most. */
const FEATURE_BUDGET = 3 * 2 ** 30;

/**
 * Sends every picture through the backbone once: to the maker of class centres the pictures as they are, and, where the run
 * reuses features, those of each picture and of its augmented copies to the stores.
 * @throws StudioError from the source or the backbone; RangeError when the features outgrow their budget
 */
export async function firstPass(options: FirstPassOptions): Promise<FirstPass> {
  const { config, backbone, head, centres, heldOutOnly = false } = options;
  const isHeldOut = (label: number) => isValidationIdentity(label, config.seed, config.validationFraction);
  const training = new FeatureStore(head.inputSize, backbone.embeddingDim);
  const validation = new FeatureStore(head.inputSize, backbone.embeddingDim);
  let [done, trainingImages, skipped] = [0, 0, 0];
  const keepsTraining = config.features === 'reuse';
  const faces = decodedFaces(options.source, options.decoder, {
    open: {
      seed: config.seed,
      epoch: 0,
      shuffleBuffer: 0,
      signal: options.signal,
      onRetry: options.onRetry,
      onSkip: (item) => {
        skipped++;
        options.onSkip(item);
      },
    },
    concurrency: 4 * config.numWorkers,
    augmentation: config.augmentation,
    copies: keepsTraining ? config.copies : 1,
    flip: keepsTraining && config.flip,
    accept: (label) => {
      centres.check?.(label);
      return !heldOutOnly || isHeldOut(label);
    },
  });
  for await (const group of readAhead(groupsOf(faces, BACKBONE_BATCH), 1)) {
    const { inputs, embeddings } = await embedFaces(group, backbone, head);
    group.forEach((face, row) => {
      const { unit } = normalised(embeddings.subarray(row * backbone.embeddingDim, (row + 1) * backbone.embeddingDim));
      if (face.copy === 0) centres.add(face.label, unit);
      const held = isHeldOut(face.label);
      if (!held) trainingImages++;
      const store = held ? validation : keepsTraining ? training : null;
      if (!store || (held && validation.count >= config.maxValidationImages)) return;
      store.add({
        label: face.label,
        severity: face.degradation ? severity(face.degradation) : NaN,
        headInput: inputs.subarray(row * head.inputSize, (row + 1) * head.inputSize),
        embedding: unit,
      });
      if (training.count * training.bytesPerRow > FEATURE_BUDGET) {
        throw new RangeError(
          `The features of ${training.count} pictures fill ${FEATURE_BUDGET >> 20} MiB. Set features to "stream", which keeps none, or use the compact head.`,
        );
      }
    });
    done += group.length;
    options.onProgress(done);
    if (heldOutOnly && validation.count >= config.maxValidationImages) break;
  }
  return { centres: await centres.finish(), training, validation, trainingImages: heldOutOnly ? null : trainingImages, complete: skipped === 0 };
}

/** Backbone features of up to {@link BACKBONE_BATCH} crops, read back: [n, inputSize] and raw [n, embeddingDim]. */
export async function embedFaces(
  faces: readonly Pick<DecodedFace, 'crop' | 'flip'>[],
  backbone: Backbone,
  head: ConfidenceHead,
  batchSize = BACKBONE_BATCH,
): Promise<{ inputs: Float32Array; embeddings: Float32Array }> {
  const tensors = runBackbone(faces, backbone, head, batchSize);
  // Disposing a tensor whose data() is pending rejects, so both are awaited first.
  const [inputs, embeddings] = (await Promise.all([tensors.input.data(), tensors.embedding.data()])) as [Float32Array, Float32Array];
  tf.dispose([tensors.input, tensors.embedding]);
  return { inputs, embeddings };
}

/** One fixed-shape backbone pass: [batchSize, inputSize] and raw [batchSize, embeddingDim], padding rows included. */
export function runBackbone(
  faces: readonly Pick<DecodedFace, 'crop' | 'flip'>[],
  backbone: Backbone,
  head: ConfidenceHead,
  batchSize: number,
): { input: Tensor2D; embedding: Tensor2D } {
  const batch = packBatch(
    faces.map((face) => face.crop),
    batchSize,
    faces.map((face) => face.flip),
  );
  return tf.tidy(() => {
    const output = backbone.run(batch);
    return { input: head.headInput(output) as Tensor2D, embedding: output.embedding };
  });
}

/** Cuts a stream into arrays of `size`, the last one shorter. */
export async function* groupsOf<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length === size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}
