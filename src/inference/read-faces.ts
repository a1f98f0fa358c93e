import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { StudioError } from '../core/studio-error';
import { type Backbone, BACKBONE_BATCH } from '../models/backbones/backbone';
import { Embedder } from '../models/backbones/embedder';
import { normalised } from '../core/vector';
import type { ConfidenceHead } from '../models/heads/confidence-head';

/** What backbone and heads say of one crop. */
export interface FaceFeatures {
  /** [d], as the backbone gives it; with `flip` the sum of the crop's and its mirror image's. */
  readonly embedding: Float32Array;
  /** [d], unit length: the face's direction on the sphere. */
  readonly mu: Float32Array;
  /** ‖embedding‖ */
  readonly embeddingNorm: number;
  /**
   * One a head, of its outputSize: κ or 1/σ²; with `flip` the geometric mean of the crop's and its
   * mirror image's.
   */
  readonly concentrations: readonly Float32Array[];
}

/** How crops are read. */
export interface ReadFacesOptions {
  /**
   * Reads each crop's mirror image too, as the published evaluations do. Nobody says how κ is
   * combined; here by its geometric mean.
   */
  readonly flip: boolean;
  /**
   * With `flip`: the crops whose mirror images are read, where they are others: of the same faces,
   * in the same order.
   */
  readonly mirrored?: readonly Uint8Array[];
}

/**
 * Sends 112 × 112 × 3 RGB crops through the backbone and the heads, in passes of one fixed shape.
 * @throws RangeError for crops of another size; StudioError `bad-model` or `diverged` where the
 * backbone or a head gives something other than finite numbers
 */
export async function readFaces(
  crops: readonly Uint8Array[],
  backbone: Backbone,
  heads: readonly ConfidenceHead[],
  { flip, mirrored = crops }: ReadFacesOptions,
): Promise<FaceFeatures[]> {
  const views = flip ? 2 : 1;
  // A single face is not padded: somebody waits for it.
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
    group.forEach((_, row) => {
      const views = flip ? [row, row + group.length] : [row];
      const embedding = sumOfRows(embeddings!, views, backbone.embeddingDim);
      const { unit, norm } = normalised(embedding);
      const concentrations = outputs.map((logs, head) =>
        sumOfRows(logs, views, heads[head]!.outputSize).map((sum) => Math.exp(sum / views.length)),
      );
      requireNumbers(norm, heads, concentrations);
      readings.push({ embedding, mu: unit, embeddingNorm: norm, concentrations });
    });
  }
  return readings;
}

/** Formulas take finite κ alone; what a diverged head or a broken backbone gives ends here. */
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
