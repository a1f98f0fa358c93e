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

/** Class centres and validation pictures that are gathered while the first epoch trains. */
export interface GrowingPass {
  readonly centres: RunningCentres;
  /** Pictures of held-out identities as they are, the first `maxValidationImages` of them. */
  readonly validation: FeatureStore;
}

/**
 * Batches of an epoch that gathers what it trains against: every picture is embedded, and enters a
 * batch if one of its identity came before it. Where the run augments, each picture is there as it
 * is, which is what centres are made of, and once more degraded. What lies behind a batch has not
 * been gathered when the batch is given, so that a run that is resumed there gathers nothing twice.
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
  let [rows, cosines]: [Float32Array[], number[]] = [[], []];
  const batchOf = (reached: number): EpochBatch => {
    const input = new Float32Array(config.batchSize * head.inputSize);
    rows.forEach((row, at) => input.set(row, at * head.inputSize));
    const batch = {
      input: tf.tensor2d(input, [config.batchSize, head.inputSize]),
      ...cosineColumns(cosines, config.batchSize),
      count: rows.length,
      recordsRead: reached,
    };
    [rows, cosines] = [[], []];
    return batch;
  };
  const embedder = new Embedder(backbone, backboneBatch);
  let reached = recordsRead;
  /** The last picture as it is, which its degraded copy isn't to be compared with. */
  let plain: { readonly key: string; readonly unit: Float32Array } | null = null;
  for await (const group of readAhead(groupsOf(faces, backboneBatch), 1)) {
    const features = await embedder.embedFor(head, group);
    for (const [at, face] of group.entries()) {
      const { unit, headInput } = features[at]!;
      reached = face.recordsRead;
      if (isValidationIdentity(face.label, config.seed, config.validationFraction)) {
        keepForValidation(validation, face, unit, headInput, config.maxValidationImages);
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

function keepForValidation(
  validation: FeatureStore,
  face: DecodedFace,
  embedding: Float32Array,
  headInput: Float32Array,
  most: number,
): void {
  if (face.copy > 0 || validation.count >= most) return;
  validation.add({
    label: face.label,
    severity: face.degradation ? severity(face.degradation) : NaN,
    headInput,
    embedding,
  });
}
