import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { seededRandom } from '../../core/seeded-random';
import type { BackboneOutput } from '../backbones/backbone';
import { floorLogKappa, type ConfidenceHead, type HeadShape } from './confidence-head';
import { InputStandardisation } from './input-standardisation';
import { assignValues, disposeAll, linearParameters } from './variables';

/**
 * The published `uncer_net.py`: Linear 25088→12544, ReLU, →6272, ReLU, →1 on the flattened conv
 * feature; 393,404,929 parameters at 25,088 inputs. The first two layers are split into blocks of
 * output columns, each small enough for one storage buffer of the adapter, and their outputs are
 * concatenated: the same mathematics.
 */
export class ReferenceHead implements ConfidenceHead {
  readonly name = 'reference';
  readonly convShape: HeadShape['convShape'];
  readonly outputSize = 1;
  readonly hasBatchStatistics = false;
  readonly inputSize: number;
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly buffers: ReadonlyMap<string, Variable>;
  readonly standardisation: InputStandardisation;
  readonly lastBias: Variable;
  readonly #blocks: readonly (readonly string[])[];

  /** @param maxBlockBytes the largest single array that the backend can bind */
  constructor(shape: HeadShape, seed: number, maxBlockBytes: number) {
    const [height, width, channels] = shape.convShape;
    this.convShape = shape.convShape;
    this.inputSize = height * width * channels;
    // Each input has variance one, as after a BatchNorm, for which published learning rates are
    // made.
    this.standardisation = new InputStandardisation({
      groups: [this.inputSize],
      places: 1,
      squaredLength: this.inputSize,
      centres: true,
    });
    this.buffers = this.standardisation.variables;
    const random = seededRandom(seed, 0x68656164);
    const parameters: [string, Variable][] = [];
    const layers = referenceLayers(this.inputSize);
    this.#blocks = layers.map(({ fanIn, fanOut }, layer) =>
      columnBlocks(fanIn, fanOut, maxBlockBytes).map((columns, block) => {
        const name = `_log_kappa.${2 * layer}.block${block}`;
        parameters.push(...linearParameters(name, fanIn, columns, random));
        return name;
      }),
    );
    this.parameters = new Map(parameters);
    this.lastBias = this.parameters.get(`${this.#blocks.at(-1)![0]}.bias`)!;
    if (shape.initialLogKappa !== null)
      assignValues(this.lastBias, Float32Array.of(shape.initialLogKappa));
  }

  headInput({ convFeature }: BackboneOutput): Tensor2D {
    return tf.reshape(convFeature, [convFeature.shape[0], -1]);
  }

  logConcentration(input: Tensor): Tensor2D {
    return tf.tidy(() => {
      let x = this.standardisation.apply(input);
      this.#blocks.forEach((blocks, layer) => {
        const parts = blocks.map((name) =>
          tf.add(
            tf.matMul(x, this.parameters.get(`${name}.weight`) as unknown as Tensor2D),
            this.parameters.get(`${name}.bias`)!,
          ),
        );
        const joined = (parts.length === 1 ? parts[0]! : tf.concat(parts, 1)) as Tensor2D;
        x = layer < this.#blocks.length - 1 ? tf.relu(joined) : joined;
      });
      return floorLogKappa(x);
    });
  }

  dispose(): void {
    disposeAll(this.parameters, this.buffers);
  }
}

/** Layer sizes of the published head for a flattened conv feature of `inputSize` values. */
export function referenceLayers(inputSize: number): { fanIn: number; fanOut: number }[] {
  const half = inputSize / 2;
  const quarter = half / 2;
  return [
    { fanIn: inputSize, fanOut: half },
    { fanIn: half, fanOut: quarter },
    { fanIn: quarter, fanOut: 1 },
  ];
}

/**
 * The largest block, even if the adapter could bind more. So every checkpoint has the same names,
 * and the temporaries of an update stay small compared with the head.
 */
const MAX_BLOCK_BYTES = 64 * 2 ** 20;

/**
 * Widths of the column blocks of a [fanIn, fanOut] float32 matrix, none over `maxBlockBytes` or 64
 * MiB.
 */
export function columnBlocks(fanIn: number, fanOut: number, maxBlockBytes: number): number[] {
  const widest = Math.max(1, Math.floor(Math.min(maxBlockBytes, MAX_BLOCK_BYTES) / (4 * fanIn)));
  const count = Math.ceil(fanOut / widest);
  return Array.from(
    { length: count },
    (_, block) => Math.floor(((block + 1) * fanOut) / count) - Math.floor((block * fanOut) / count),
  );
}
