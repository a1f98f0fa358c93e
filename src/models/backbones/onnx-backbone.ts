import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { InputConvention, OriginatedConvention } from '../../engine/input-convention';
import { beforeLastNorm, findConvFeature } from '../../engine/onnx/onnx-conv-feature';
import { OnnxGraph } from '../../engine/onnx/onnx-graph';
import { unpackPixels } from '../../engine/pixels/unpack-pixels';
import { CROP_SIZE } from '../../faces/face-record';
import type { PackedBatch } from '../../faces/decode/packed-batch';
import type { ByteSource } from '../../formats/bytes/byte-source';
import { openOnnx, parseOnnx, type OpenedOnnx } from '../../formats/onnx/onnx';
import type { OpenCompanion } from '../../formats/onnx/onnx-external';
import { StudioError } from '../../core/studio-error';
import type { Backbone, BackboneDescription, BackboneOutput } from './backbone';
import type { NetworkOutline } from './network-outline';
import { conventionOf, MOBILE_FACE_NET } from './onnx-convention';
import { onnxOutline } from './onnx-outline';
import { checkBackbone, embeddingOutput, type EmbeddingOutput } from './onnx-outputs';
import { sha256Hex } from '../../formats/bytes/sha256-hex';

export { MOBILE_FACE_NET };

/** What can't be read from an ONNX file, or overrides it. */
export interface OnnxBackboneOptions {
  readonly name: string;
  /** Default: {@link conventionOf} the model. */
  readonly input?: InputConvention;
  /**
   * `body` is the input of the last BatchNormalization before the spatial dimensions collapse,
   * `after-bn` its output; in models without one there they are the same value. Anything else is
   * the name of the graph value to take. Default: `body`.
   */
  readonly convFeature?: string;
}

/** A frozen backbone from an ONNX file, on the current tfjs backend. */
export class OnnxBackbone implements Backbone {
  private constructor(
    readonly name: string,
    readonly hash: string,
    readonly sourcedInput: OriginatedConvention,
    readonly output: EmbeddingOutput,
    readonly convShape: readonly [number, number, number],
    readonly convFeatureName: string,
    readonly outline: NetworkOutline,
    readonly graph: OnnxGraph,
  ) {}

  /**
   * Imports a file that is in memory. Runs it once on an empty picture, to find its shapes and to
   * warm it up.
   * @throws StudioError `bad-model` or `unsupported-op`
   */
  static async load(bytes: Uint8Array, options: OnnxBackboneOptions): Promise<OnnxBackbone> {
    return OnnxBackbone.#make({ model: parseOnnx(bytes), pieces: [bytes] }, options);
  }

  /**
   * Like {@link load}, but reads the file from a source, together with the external data files that
   * it keeps its weights in.
   * @param external opens the file of that name in the model's folder; null if there is none
   * @throws StudioError `bad-model` or `unsupported-op`; what the sources throw
   */
  static async open(
    source: ByteSource,
    options: OnnxBackboneOptions,
    external?: OpenCompanion,
    signal?: AbortSignal,
  ): Promise<OnnxBackbone> {
    return OnnxBackbone.#make(await openOnnx(source, external, signal), options);
  }

  static async #make(
    { model, pieces }: OpenedOnnx,
    options: OnnxBackboneOptions,
  ): Promise<OnnxBackbone> {
    checkBackbone(model, options.name);
    const fileHash = await hashOfPieces(pieces);
    const sourcedInput: OriginatedConvention = options.input
      ? { input: options.input, origin: { kind: 'given' } }
      : conventionOf(model, fileHash);
    const { input } = sourcedInput;
    const graph = new OnnxGraph(model);
    const trial = tf.zeros([1, CROP_SIZE, CROP_SIZE, 3]) as Tensor4D;
    try {
      const shapes = graph.shapesOf(trial);
      const output = embeddingOutput(model, options.name, shapes.logical);
      const afterNorm = findConvFeature(model, shapes.logical, output.name);
      const tap = tapOf(options, afterNorm, (feature) => beforeLastNorm(model, feature));
      const convShape = shapes.held(tap);
      if (!convShape)
        throw new StudioError(
          'bad-model',
          `The model "${options.name}" computes no value named "${tap}".`,
          'Name another conv feature.',
        );
      if (convShape.length !== 4) {
        throw new StudioError(
          'bad-model',
          `The model "${options.name}" gives an embedding, but its feature "${tap}" is ` +
            `[${convShape.join(', ')}]; [B, h, w, c] was expected.`,
          'Name another conv feature.',
        );
      }
      // With the default backbone's convention and this tap, caches and checkpoints have always
      // used the bare hash of the file.
      const isDefaultReading =
        tap === afterNorm && describe(input) === describe(MOBILE_FACE_NET.input);
      const hash = isDefaultReading
        ? fileHash
        : await hashOfText(`${fileHash}, input ${describe(input)}, conv feature ${tap}`);
      return new OnnxBackbone(
        options.name,
        hash,
        sourcedInput,
        output,
        convShape.slice(1) as [number, number, number],
        tap,
        onnxOutline(model, shapes.held, tap),
        graph,
      );
    } catch (thrown) {
      graph.dispose();
      throw thrown;
    } finally {
      trial.dispose();
    }
  }

  get input(): InputConvention {
    return this.sourcedInput.input;
  }

  get embeddingDim(): number {
    return this.output.dim;
  }

  get description(): BackboneDescription {
    return {
      layout: 'ONNX graph',
      parameters: null,
      convFeatureName: this.convFeatureName,
      inputOrigin: this.sourcedInput.origin,
      outline: this.outline,
    };
  }

  run(batch: PackedBatch): BackboneOutput {
    return tf.tidy(() => {
      const outputs = this.graph.run(unpackPixels({ ...batch, side: CROP_SIZE }, this.input), [
        this.output.name,
        this.convFeatureName,
      ]);
      const rows = outputs[this.output.name]!;
      const embedding =
        rows.rank === 2 ? rows : tf.reshape(rows, [rows.shape[0]!, this.output.dim]);
      return {
        embedding: embedding as Tensor2D,
        convFeature: outputs[this.convFeatureName] as Tensor4D,
      };
    });
  }

  dispose(): void {
    this.graph.dispose();
  }
}

/** The name of the graph value to take as conv feature. */
function tapOf(
  { name, convFeature = 'body' }: OnnxBackboneOptions,
  afterNorm: string | null,
  bodyOf: (feature: string) => string,
): string {
  if (convFeature !== 'body' && convFeature !== 'after-bn') return convFeature;
  if (!afterNorm)
    throw new StudioError(
      'bad-model',
      `The model "${name}" has no spatial feature before its embedding.`,
      'Name the conv feature yourself.',
    );
  return convFeature === 'body' ? bodyOf(afterNorm) : afterNorm;
}

const describe = ({ order, mean, scale }: InputConvention) => `${order} ${mean} ${scale}`;

const hashOfText = (text: string) => sha256Hex(new TextEncoder().encode(text));

/** The hash of a single file; with external data, the hash over the hashes of all files. */
async function hashOfPieces(pieces: readonly Uint8Array[]): Promise<string> {
  const hashes: string[] = [];
  for (const piece of pieces) hashes.push(await sha256Hex(piece));
  return hashes.length === 1 ? hashes[0]! : hashOfText(hashes.join());
}
