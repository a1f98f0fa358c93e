import * as tf from '@tensorflow/tfjs-core';
import { decodedFaces, type DecodedFace } from '../../faces/decode/decoded-stream';
import { severity } from '../../faces/face-record';
import { isValidationIdentity } from '../../faces/identity-split';
import { readAhead } from '../../faces/sources/read-ahead';
import type { RunningCentres } from '../../models/centres/running-centres';
import { Embedder } from '../../models/backbones/embedder';
import { groupsOf } from '../../core/groups-of';
import type { FeatureStore } from '../data/features/feature-store';
import {
  cosineColumns,
  streamOptions,
  type EpochBatch,
  type StreamingOptions,
} from '../data/head-batches';
import type { RunConfig } from '../config/run-config';

/** Class centres and validation pictures that are collected during the first training epoch. */
export interface GrowingPass {
  readonly centres: RunningCentres;
  /** Unaugmented pictures of held-out identities, at most `maxValidationImages`. */
  readonly validation: FeatureStore;
}

/**
 * Batches of an epoch that collects its class centres while it trains. Every picture is embedded;
 * it enters a batch if an earlier picture had the same identity. With augmentation, each picture
 * comes twice: unchanged, to be added to its centre, and degraded. When a batch is yielded, no
 * picture after it has been added to the centres, so that a run that resumes there adds nothing
 * twice.
 */
export async function* batchesWhileGrowing(
  options: Omit<StreamingOptions, 'centres'>,
  { centres, validation }: GrowingPass,
  config: RunConfig,
  epoch: number,
  recordsRead: number,
): AsyncGenerator<EpochBatch> {
  const { backbone, head, backboneBatch, source, decoder } = options;
  const faces = decodedFaces(source, decoder, {
    ...streamOptions(options, config, epoch, recordsRead),
    copies: config.augmentation > 0 ? 2 : 1,
    augmentFirstCopy: false,
  });
  let rows: Float32Array[] = [];
  let cosines: number[] = [];
  const batchOf = (reached: number): EpochBatch => {
    const input = new Float32Array(config.batchSize * head.inputSize);
    rows.forEach((row, at) => input.set(row, at * head.inputSize));
    const batch = {
      input: tf.tensor2d(input, [config.batchSize, head.inputSize]),
      ...cosineColumns(cosines, config.batchSize),
      count: rows.length,
      orderPosition: reached,
    };
    rows = [];
    cosines = [];
    return batch;
  };
  const embedder = new Embedder(backbone, backboneBatch);
  let reached = recordsRead;
  /** The last unchanged picture. Its degraded copy must not be compared with it. */
  let plain: { readonly key: string; readonly unit: Float32Array } | null = null;
  for await (const group of readAhead(groupsOf(faces, backboneBatch), 1)) {
    const features = await embedder.embedFor(head, group);
    for (const [at, face] of group.entries()) {
      const { unit, headInput } = features[at]!;
      reached = face.recordsPassed;
      if (isValidationIdentity(face.label, config.seed, config.validationFraction)) {
        addToValidation(validation, face, unit, headInput, config.maxValidationImages);
        if (face.copy === 0) centres.add(face.label, unit);
        continue;
      }
      const own: Float32Array | null = face.copy > 0 && plain?.key === face.key ? plain.unit : null;
      const cosTheta = centres.cosThetaWithout(face.label, unit, own);
      if (face.copy === 0) {
        centres.add(face.label, unit);
        plain = { key: face.key, unit };
      }
      if (cosTheta === undefined) continue;
      rows.push(headInput);
      cosines.push(cosTheta);
      if (rows.length === config.batchSize) yield batchOf(reached);
    }
  }
  if (rows.length > 0 && !config.dropLast) yield batchOf(reached);
}

function addToValidation(
  validation: FeatureStore,
  face: DecodedFace,
  embedding: Float32Array,
  headInput: Float32Array,
  maxImages: number,
): void {
  if (face.copy > 0 || validation.count >= maxImages) return;
  validation.add({
    label: face.label,
    severity: face.degradation ? severity(face.degradation) : NaN,
    headInput,
    embedding,
  });
}
