import type { Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { OnnxGraph } from '../../engine/onnx/onnx-graph';
import type { ImageNetwork } from './image-network';
import { parseOnnx } from '../../formats/onnx/onnx';

/** An {@link ImageNetwork} from an ONNX file, on the current tfjs backend. */
export class OnnxImageNetwork implements ImageNetwork {
  readonly #graph: OnnxGraph;

  /** @throws StudioError `bad-model` or `unsupported-op` */
  constructor(
    bytes: Uint8Array,
    readonly inputShape: readonly [number, number, number],
  ) {
    this.#graph = new OnnxGraph(parseOnnx(bytes));
  }

  async run(pixels: Float32Array): Promise<Record<string, Float32Array>> {
    const outputs = tf.tidy(() =>
      this.#graph.run(tf.tensor(pixels, [1, ...this.inputShape]) as Tensor4D),
    );
    const names = Object.keys(outputs);
    const values = (await Promise.all(
      names.map((name) => outputs[name]!.data()),
    )) as Float32Array[];
    tf.dispose(outputs);
    return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
  }

  dispose(): void {
    this.#graph.dispose();
  }
}

/** Input shapes [height, width, channels] of the detector and the landmark network. */
export const DETECTOR_INPUT = [240, 320, 3] as const;
export const LANDMARK_INPUT = [64, 64, 1] as const;
