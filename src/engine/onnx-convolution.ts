import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxNode } from '../formats/onnx';
import { StudioError } from '../formats/studio-error';
import { attribute, numbers, type OperatorFactory } from './onnx-operator';
import { channelsLastValue, toChannelsLast } from './onnx-values';

type Pair = [number, number];
type ExplicitPadding = [Pair, Pair, Pair, Pair];

/**
 * ONNX Conv as tfjs's fused convolution with bias, and with the activation that follows where it is Relu or a PRelu of
 * constant slope. Group 1 and depthwise (group = input channels); anything between is refused by name.
 */
export const convolution: OperatorFactory = (node, context) => {
  const weight = context.constant(node.inputs[1]!);
  if (!weight || weight.dims.length !== 4) throw refused(node, 'a 2-D convolution with a constant filter');
  const [outChannels, inPerGroup, height, width] = weight.dims as [number, number, number, number];
  const group = attribute(node, 'group', 1);
  const depthwise = group > 1 && inPerGroup === 1;
  if (group > 1 && !depthwise) throw refused(node, `group 1 or one channel a group; it has ${group} groups of ${inPerGroup} channels`);
  // [O, I, h, w] → [h, w, I, O]; depthwise [C·M, 1, h, w] → [h, w, C, M].
  const filter = context.keep(
    tf.tidy(() => {
      const moved = tf.transpose(tf.tensor4d(Float32Array.from(weight.data), [outChannels, inPerGroup, height, width]), [2, 3, 1, 0]);
      return depthwise ? tf.reshape(moved, [height, width, group, outChannels / group]) : moved;
    }) as Tensor4D,
  );
  const biasValues = node.inputs[2] ? context.constant(node.inputs[2])?.data : undefined;
  if (node.inputs[2] && !biasValues) throw refused(node, 'a constant bias');
  const bias = biasValues ? context.keep(tf.tensor1d(Float32Array.from(biasValues)) as Tensor1D) : undefined;
  const shared = {
    filter,
    strides: pairOf(node, 'strides', 1),
    pad: paddingOf(node),
    dilations: pairOf(node, 'dilations', 1),
    bias,
    ...activationOf(context.activation, context),
  };
  return ([x]) => {
    const options = { ...shared, x: toChannelsLast(x!) as Tensor4D };
    // The depthwise operator takes explicit padding like its sibling; only its typing leaves it out.
    type DepthwiseOptions = Parameters<typeof tf.fused.depthwiseConv2d>[0];
    return channelsLastValue(depthwise ? tf.fused.depthwiseConv2d(options as unknown as DepthwiseOptions) : tf.fused.conv2d(options));
  };
};

/** MaxPool and AveragePool over a window. */
export const pooling =
  (kind: 'max' | 'avg'): OperatorFactory =>
  (node) => {
    const pad = paddingOf(node);
    const padded = pad.flat().some((side) => side > 0);
    if (kind === 'avg' && padded) throw refused(node, 'an average pool without padding');
    if (attribute(node, 'ceil_mode', 0) !== 0) throw refused(node, 'ceil_mode 0');
    const kernel = pairOf(node, 'kernel_shape', 1);
    const strides = pairOf(node, 'strides', 1);
    return ([x]) => {
      const input = toChannelsLast(x!) as Tensor4D;
      if (kind === 'avg') return channelsLastValue(tf.avgPool(input, kernel, strides, 'valid'));
      // A maximum ignores what lies outside; padding with the lowest number does the same on every backend.
      const framed = padded ? tf.pad4d(input, pad, -3.4e38) : input;
      return channelsLastValue(tf.maxPool(framed, kernel, strides, 'valid'));
    };
  };

function activationOf(
  activation: OnnxNode | null,
  context: Parameters<OperatorFactory>[1],
): { activation?: 'relu' | 'prelu'; preluActivationWeights?: Tensor1D } {
  if (!activation) return {};
  if (activation.opType === 'Relu') return { activation: 'relu' };
  const slope = context.constant(activation.inputs[1]!)!;
  return { activation: 'prelu', preluActivationWeights: context.keep(tf.tensor1d(Float32Array.from(slope.data))) };
}

function pairOf(node: OnnxNode, name: string, otherwise: number): Pair {
  const values = numbers(node, name);
  return values ? [values[0]!, values[1]!] : [otherwise, otherwise];
}

/** ONNX pads [top, left, bottom, right]. */
function paddingOf(node: OnnxNode): ExplicitPadding {
  const mode = node.attributes.get('auto_pad');
  if (mode !== undefined && mode !== 'NOTSET' && mode !== 'VALID') throw refused(node, `explicit pads; it has auto_pad ${String(mode)}`);
  const [top, left, bottom, right] = numbers(node, 'pads') ?? [0, 0, 0, 0];
  return [
    [0, 0],
    [top!, bottom!],
    [left!, right!],
    [0, 0],
  ];
}

function refused(node: OnnxNode, expected: string): StudioError {
  return new StudioError('unsupported-op', `The node "${node.name}" (${node.opType}) can't be imported; the importer takes ${expected}.`, 'Export the model without it.');
}
