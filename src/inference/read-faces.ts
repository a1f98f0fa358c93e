import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { StudioError } from '../core/studio-error';
import { type Backbone, BACKBONE_BATCH } from '../models/backbones/backbone';
import { Embedder } from '../models/backbones/embedder';
import { normalised } from '../core/vector';
import { sharpness } from '../faces/sharpness';
import type { ConfidenceHead } from '../models/heads/confidence-head';

/** What backbone and heads compute for one crop. */
export interface FaceFeatures {
  /** [d], not normalised; with `flip` the sum of the crop's and its mirror image's. */
  readonly embedding: Float32Array;
  /** [d], unit length: the face's direction on the sphere. */
  readonly mu: Float32Array;
  /** ‖embedding‖ */
  readonly embeddingNorm: number;
  /**
   * κ or 1/σ², one array [outputSize] for each head; with `flip` the geometric mean of the crop's
   * and its mirror image's.
   */
  readonly concentrations: readonly Float32Array[];
  /** The detector's score, 0..1; null for a crop taken as it is. */
  readonly detectorScore: number | null;
  /** √(area of the detected box), in the picture's pixels; null for a crop taken as it is. */
  readonly faceSize: number | null;
  /** Variance of the Laplacian of the grey crop. */
  readonly sharpness: number;
}

/** How crops are read. */
export interface ReadFacesOptions {
  /**
   * Reads each crop's mirror image too, as the published evaluations do. They don't say how κ is
   * combined; here it is the geometric mean.
   */
  readonly flip: boolean;
  /**
   * With `flip`: other crops of the same faces, in the same order, whose mirror images are read
   * instead.
   */
  readonly mirrored?: readonly Uint8Array[];
}

/**
 * Sends 112 × 112 × 3 RGB crops through the backbone and the heads, in passes of one fixed shape.
 * @throws RangeError for crops of another size; StudioError `bad-model` or `diverged` if the
 * backbone or a head gives numbers that are not finite
 */
export async function readFaces(
  crops: readonly Uint8Array[],
  backbone: Backbone,
  heads: readonly ConfidenceHead[],
  { flip, mirrored = crops }: ReadFacesOptions,
): Promise<FaceFeatures[]> {
  const views = flip ? 2 : 1;
  // A single face is not padded, since a person is waiting for it.
  const rows = crops.length === 1 ? views : BACKBONE_BATCH;
  const embedder = new Embedder(backbone, rows);
  const readings: FaceFeatures[] = [];
  for (let start = 0; start < crops.length; start += rows / views) {
    const group = crops.slice(start, start + rows / views);
    const pictures = flip ? [...group, ...mirrored.slice(start, start + group.length)] : group;
    const batch = embedder.pack(pictures.map((crop, row) => ({ crop, flip: row >= group.length })));
    const [embeddings, ...outputs] = await embedder.read(batch, (output) => {
      const mask = tf.ones([rows]) as Tensor1D;
      const logs = heads.map((head) => head.logConcentration(head.headInput(output), mask, false));
      return [output.embedding, ...logs];
    });
    group.forEach((crop, row) => {
      const ownRows = flip ? [row, row + group.length] : [row];
      const embedding = sumOfRows(embeddings!, ownRows, backbone.embeddingDim);
      const { unit, norm } = normalised(embedding);
      const concentrations = outputs.map((logs, head) =>
        sumOfRows(logs, ownRows, heads[head]!.outputSize).map((sum) => Math.exp(sum / views)),
      );
      requireNumbers(norm, heads, concentrations);
      readings.push({
        embedding,
        mu: unit,
        embeddingNorm: norm,
        concentrations,
        detectorScore: null,
        faceSize: null,
        sharpness: sharpness(crop),
      });
    });
  }
  return readings;
}

/** The formulas need finite κ, which a diverged head or a broken backbone doesn't give. */
function requireNumbers(
  norm: number,
  heads: readonly ConfidenceHead[],
  concentrations: readonly Float32Array[],
): void {
  if (!Number.isFinite(norm)) {
    const found = `The backbone gives an embedding of length ${norm}; a finite one was expected.`;
    throw new StudioError('bad-model', found, 'Choose another backbone, or another backend.');
  }
  for (const [at, { name }] of heads.entries()) {
    const odd = concentrations[at]!.find((value) => !Number.isFinite(value));
    if (odd === undefined) continue;
    const found = `The ${name} head gives a face the confidence ${odd}; a finite one was expected.`;
    const nextStep = 'Choose another head, or train it again with a lower learning rate.';
    throw new StudioError('diverged', found, nextStep);
  }
}

function sumOfRows(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  return Float32Array.from({ length: width }, (_, i) =>
    rows.reduce((sum, row) => sum + values[row * width + i]!, 0),
  );
}
