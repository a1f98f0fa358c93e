import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { InputConvention } from '../engine/input-convention';
import { findConvFeature, OnnxGraph } from '../engine/onnx-graph';
import { unpackPixels } from '../engine/unpack-pixels';
import { CROP_SIZE } from '../faces/face-record';
import type { PackedBatch } from '../faces/packed-batch';
import { parseOnnx } from '../formats/onnx';
import { StudioError } from '../formats/studio-error';
import type { Backbone, BackboneOutput } from './backbone';

/** The default backbone: MobileFaceNet trained with ArcFace on MS1M; BGR, (x − 127.5)/128. */
export const MOBILE_FACE_NET = { name: 'MobileFaceNet (ArcFace, MS1M)', input: { order: 'BGR', mean: 127.5, scale: 1 / 128 } } as const;

/** What an ONNX file doesn't say of itself. */
export interface OnnxBackboneOptions {
  readonly name: string;
  readonly input: InputConvention;
  /** Name of the value to take as conv feature, where the graph's own reading is not wanted. */
  readonly convFeature?: string;
}

/** A frozen backbone from an ONNX file, on the current tfjs backend. */
export class OnnxBackbone implements Backbone {
  private constructor(
    readonly name: string,
    readonly hash: string,
    readonly input: InputConvention,
    readonly embeddingDim: number,
    readonly convShape: readonly [number, number, number],
    readonly convFeatureName: string,
    readonly graph: OnnxGraph,
  ) {}

  /**
   * Imports the file and runs it once on an empty picture, which finds its shapes and warms it up.
   * @throws StudioError `bad-model` or `unsupported-op`
   */
  static async load(bytes: Uint8Array, options: OnnxBackboneOptions): Promise<OnnxBackbone> {
    const model = parseOnnx(bytes);
    const graph = new OnnxGraph(model);
    const outputName = graph.outputNames[0]!;
    const trial = tf.zeros([1, CROP_SIZE, CROP_SIZE, 3]) as Tensor4D;
    try {
      const tap = options.convFeature ?? findConvFeature(model, graph.shapesOf(trial));
      if (!tap) throw new StudioError('bad-model', `The model "${options.name}" has no spatial feature before its embedding.`, 'Name the conv feature yourself.');
      const outputs = graph.run(trial, [outputName, tap]);
      const [embedding, convFeature] = [outputs[outputName]!, outputs[tap]!];
      const [embeddingShape, convShape] = [embedding.shape, convFeature.shape];
      tf.dispose(outputs);
      if (embeddingShape.length !== 2 || convShape.length !== 4) {
        throw new StudioError(
          'bad-model',
          `The model gives [${embeddingShape.join(', ')}] and its feature "${tap}" is [${convShape.join(', ')}]; an embedding [B, d] and a feature [B, h, w, c] were expected.`,
          'Choose a face-recognition backbone for 112 × 112 crops.',
        );
      }
      const shape = convShape.slice(1) as [number, number, number];
      return new OnnxBackbone(options.name, await sha256(bytes), options.input, embeddingShape[1]!, shape, tap, graph);
    } catch (thrown) {
      graph.dispose();
      throw thrown;
    } finally {
      trial.dispose();
    }
  }

  run(batch: PackedBatch): BackboneOutput {
    return tf.tidy(() => {
      const outputName = this.graph.outputNames[0]!;
      const outputs = this.graph.run(unpackPixels({ ...batch, side: CROP_SIZE }, this.input), [outputName, this.convFeatureName]);
      return { embedding: outputs[outputName] as Tensor2D, convFeature: outputs[this.convFeatureName] as Tensor4D };
    });
  }

  dispose(): void {
    this.graph.dispose();
  }
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
