import type { Rank, Tensor, Tensor1D, Tensor2D, Tensor4D, ShapeMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { uploadNow } from '../../../engine/pixels/upload-now';
import { foldConvolution, foldLinear, scaleShift, type BatchNormArrays } from './ir-folding';
import type { ConvolutionWeights, IrWeights, NormWeights, UnitWeights } from './ir-graph';
import type { IrUnit } from './ir-layout';
import type { IrWeightReader } from './ir-weight-reader';

/**
 * Loads a network onto the current backend. Each array is folded and uploaded before the next one
 * is read, so that JavaScript never holds more of the file than its largest array.
 * @param keepsLastNorm whether the last BatchNorm2d is kept as a layer of its own too
 * @param onTensor called with every tensor as it is created. The caller disposes them, also when
 * this function throws
 * @throws as {@link IrWeightReader.read}
 */
export async function readIrWeights(
  reader: IrWeightReader,
  keepsLastNorm: boolean,
  onTensor: (tensor: Tensor) => void,
): Promise<IrWeights> {
  const { stem, units, tail } = reader.layout;
  const shapes = new Map(reader.layout.tensors.map(({ name, shape }) => [name, shape]));

  const upload = <R extends Rank>(values: Float32Array, shape: ShapeMap[R]): Tensor<R> => {
    const tensor = tf.tensor<R>(values, shape, 'float32');
    onTensor(tensor);
    return uploadNow(tensor);
  };
  const vector = (values: Float32Array): Tensor1D => upload<Rank.R1>(values, [values.length]);

  const convolution = async (
    path: string,
    norm: string | null,
    prelu: string | null,
    stride: 1 | 2,
  ): Promise<ConvolutionWeights> => {
    const shape = shapes.get(`${path}.weight`) as [number, number, number, number];
    const weight = await reader.read(`${path}.weight`);
    const after = norm === null ? null : scaleShift(await reader.readNorm(norm));
    const { filter, bias } = foldConvolution(weight, shape, after);
    const [outs, ins, height, width] = shape;
    return {
      filter: upload<Rank.R4>(filter, [height, width, ins, outs]) as Tensor4D,
      bias: bias ? vector(bias) : undefined,
      slope: prelu === null ? undefined : vector(await reader.read(`${prelu}.weight`)),
      stride,
    };
  };
  const normWeights = ({ weight, bias, mean, variance }: BatchNormArrays): NormWeights => ({
    mean: vector(mean),
    variance: vector(variance),
    scale: vector(weight!),
    offset: vector(bias!),
  });

  /** The filter of a 1 × 1 convolution, [out, in, 1, 1], as a matrix [in, out]. */
  const matrix = async (path: string): Promise<Tensor2D> => {
    const [outs, ins] = shapes.get(`${path}.weight`) as [number, number];
    return upload<Rank.R2>(
      foldConvolution(await reader.read(`${path}.weight`), [outs, ins, 1, 1], null).filter,
      [ins, outs],
    );
  };

  const unit = async ({
    norm,
    conv1,
    midNorm,
    prelu,
    conv2,
    lastNorm,
    squeeze,
    shortcut,
    stride,
  }: IrUnit): Promise<UnitWeights> => ({
    norm: normWeights(await reader.readNorm(norm)),
    conv1: await convolution(conv1, midNorm, prelu, 1),
    conv2: await convolution(conv2, lastNorm, null, stride),
    squeeze: squeeze && {
      reduce: await matrix(squeeze.reduce),
      expand: await matrix(squeeze.expand),
    },
    shortcut: shortcut && (await convolution(shortcut.conv, shortcut.norm, null, stride)),
  });

  const stemWeights = await convolution(stem.conv, stem.norm, stem.prelu, 1);
  const unitWeights: UnitWeights[] = [];
  for (const each of units) unitWeights.push(await unit(each));
  const before = await reader.readNorm(tail.norm);
  const weight = await reader.read(`${tail.linear}.weight`);
  const bias = await reader.read(`${tail.linear}.bias`);
  const after = await reader.readNorm(tail.lastNorm, tail.isLastNormAffine);
  const linear = foldLinear(weight, bias, scaleShift(before), scaleShift(after));
  const [dimension] = shapes.get(`${tail.linear}.weight`)!;
  return {
    stem: stemWeights,
    units: unitWeights,
    norm: keepsLastNorm ? normWeights(before) : null,
    linear: {
      matrix: upload<Rank.R2>(linear.matrix, [linear.matrix.length / dimension!, dimension!]),
      bias: vector(linear.bias),
    },
  };
}
