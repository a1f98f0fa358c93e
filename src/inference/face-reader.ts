import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { StudioError } from '../core/studio-error';
import { normalised } from '../core/vector';
import { sharpness } from '../faces/sharpness';
import { type Backbone, BACKBONE_BATCH } from '../models/backbones/backbone';
import { Embedder } from '../models/backbones/embedder';
import type { ConfidenceHead } from '../models/heads/confidence-head';
import { concentrationOfViews, embeddingOfViews } from './combine-views';
import type { LocatedFace } from './locate-face';
import { policyViews, type ReadingPolicy } from './reading-policy';

/** What backbone and heads compute for one face under a policy. */
export interface FaceReading {
  readonly policy: ReadingPolicy;
  /** [d], the sum of the views' embeddings, not normalised. */
  readonly embedding: Float32Array;
  /** [d], unit length: the face's direction on the sphere. */
  readonly mu: Float32Array;
  /** Mean of ‖embedding‖ over the views. */
  readonly embeddingNorm: number;
  /**
   * κ or 1/σ², one array [outputSize] for each head: the geometric mean of the views', since the
   * published evaluations don't say how κ is combined.
   */
  readonly concentrations: readonly Float32Array[];
  /** The detector's, 0..1; null for an aligned crop. */
  readonly detectorScore: number | null;
  /** Square root of the area of the detected box, in pixels; null for an aligned crop. */
  readonly faceSize: number | null;
  /** Variance of the Laplacian of the first view's grey crop: {@link sharpness}. */
  readonly sharpness: number;
}

/**
 * The one way from a located face to its direction μ and confidence κ. Everything that shows a
 * score reads faces through it, under a named policy.
 */
export class FaceReader {
  /** @param heads give κ; none for directions only */
  constructor(
    readonly backbone: Backbone,
    readonly heads: readonly ConfidenceHead[],
    readonly policy: ReadingPolicy,
  ) {}

  /**
   * Reads faces, in passes of one fixed shape. A single face is not padded, since a person may be
   * waiting for it.
   * @param faces located under this reader's policy
   * @throws RangeError for faces of another policy, or crops of another size; StudioError
   * `bad-model` or `diverged` if the backbone or a head gives numbers that are not finite
   */
  async read(faces: readonly LocatedFace[]): Promise<FaceReading[]> {
    const views = policyViews[this.policy];
    for (const { policy } of faces) {
      if (policy !== this.policy)
        throw new RangeError(`A face located for "${policy}" can't be read as "${this.policy}".`);
    }
    const facesAPass = faces.length === 1 ? 1 : Math.floor(BACKBONE_BATCH / views.length);
    const embedder = new Embedder(this.backbone, facesAPass * views.length);
    const readings: FaceReading[] = [];
    for (let start = 0; start < faces.length; start += facesAPass) {
      const group = faces.slice(start, start + facesAPass);
      readings.push(...(await this.#readGroup(group, embedder)));
    }
    return readings;
  }

  async #readGroup(group: readonly LocatedFace[], embedder: Embedder): Promise<FaceReading[]> {
    const views = policyViews[this.policy];
    const batch = embedder.pack(
      group.flatMap(({ crops }) => crops.map((crop, at) => ({ crop, flip: views[at]!.mirrored }))),
    );
    const [embeddings, ...outputs] = await embedder.read(batch, (output) => {
      const mask = tf.ones([embedder.batchSize]) as Tensor1D;
      const logs = this.heads.map((head) =>
        head.logConcentration(head.headInput(output), mask, false),
      );
      return [output.embedding, ...logs];
    });
    const dimension = this.backbone.embeddingDim;
    return group.map(({ policy, crops, found }, at) => {
      const rows = views.map((_, view) => at * views.length + view);
      const ownRows = (values: Float32Array, width: number) =>
        rows.map((row) => rowOf(values, row, width));
      const viewed = ownRows(embeddings!, dimension);
      const embedding = embeddingOfViews(viewed);
      const norms = viewed.map(lengthOf);
      const concentrations = outputs.map((logs, head) =>
        concentrationOfViews(ownRows(logs, this.heads[head]!.outputSize)),
      );
      const embeddingNorm = norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
      requireFinite(embeddingNorm, this.heads, concentrations);
      const box = found?.face.box ?? null;
      return {
        policy,
        embedding,
        mu: normalised(embedding).unit,
        embeddingNorm,
        concentrations,
        detectorScore: box && box.score,
        faceSize: box && Math.sqrt(box.width * box.height),
        sharpness: sharpness(crops[0]!),
      };
    });
  }
}

/** The formulas need finite κ, which a diverged head or a broken backbone doesn't give. */
function requireFinite(
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

const rowOf = (values: Float32Array, row: number, width: number): Float32Array =>
  values.subarray(row * width, (row + 1) * width);

const lengthOf = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
