import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxNode, OnnxTensor } from '../../../formats/onnx/onnx';
import { pictureOf } from '../onnx-inputs';
import {
  attribute,
  finite,
  refused,
  type OperatorContext,
  type OperatorFactory,
} from './onnx-operator';
import { windowOf } from './onnx-window';
import { channelsLastValue } from '../onnx-values';

/**
 * Weights smaller than this become zero. Training with weight decay leaves whole channels at 1e-30
 * and below, a seventh of MobileFaceNet's weights. Their products are denormal numbers, which cost
 * many CPUs a hundred cycles each: the depthwise layers took up to twenty times as long on one. In
 * sums of order one, they are below float32's rounding.
 */
const NEGLIGIBLE_WEIGHT = 1e-12;

function weights(tensor: OnnxTensor): Float32Array {
  const values = new Float32Array(finite(tensor));
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) < NEGLIGIBLE_WEIGHT) values[i] = 0;
  }
  return values;
}

type Padding = [[number, number], [number, number], [number, number], [number, number]];

/**
 * ONNX Conv as tfjs's fused convolution with bias, and with a following Relu or PRelu of constant
 * slope. Groups of several channels are convolved one after another.
 */
export const convolution: OperatorFactory = (node, context) => {
  const weight = context.constant(node.inputs[1]!);
  if (weight?.dims.length !== 4) throw refused(node, 'a 2-D convolution with a constant filter');
  const [outChannels, inPerGroup, height, width] = weight.dims as [number, number, number, number];
  const group = attribute(node, 'group', 1);
  if (group < 1 || outChannels % group !== 0)
    throw refused(
      node,
      `filters that its groups share evenly; it has ${outChannels} in ${group} groups`,
    );
  const { strides, dilations, framing } = windowOf(node, [height, width]);
  // tfjs's own limit.
  if (Math.max(...strides) > 1 && Math.max(...dilations) > 1)
    throw refused(
      node,
      `strides or dilations of 1; it has strides ${strides.join(' × ')} and dilations ` +
        `${dilations.join(' × ')}`,
    );
  if (node.inputs[2] && !context.constant(node.inputs[2])) throw refused(node, 'a constant bias');
  const moves = {
    strides: [...strides] as [number, number],
    dilations: [...dilations] as [number, number],
  };
  const isDepthwise = group > 1 && inPerGroup === 1;
  const parts = (isDepthwise ? [null] : [...Array(group).keys()]).map((part) => ({
    ...moves,
    ...partOf(node, context, weight, group, part),
  }));
  return ([x]) => {
    const pictures = pictureOf(node, x!);
    const channels = pictures.shape[3];
    if (channels !== group * inPerGroup)
      throw refused(
        node,
        `pictures of ${group * inPerGroup} channels, as its filter is for; it is given ${channels}`,
      );
    const { pads } = framing(pictures.shape[1], pictures.shape[2]);
    const pad: Padding = [[0, 0], [...pads[0]], [...pads[1]], [0, 0]];
    // The depthwise operator takes explicit padding too; only its type lacks it.
    type DepthwiseOptions = Parameters<typeof tf.fused.depthwiseConv2d>[0];
    if (isDepthwise)
      return channelsLastValue(
        tf.fused.depthwiseConv2d({ ...parts[0]!, x: pictures, pad } as unknown as DepthwiseOptions),
      );
    if (parts.length === 1)
      return channelsLastValue(tf.fused.conv2d({ ...parts[0]!, x: pictures, pad }));
    const inputs = tf.split(pictures, group, 3) as Tensor4D[];
    return channelsLastValue(
      tf.concat(
        parts.map((part, i) => tf.fused.conv2d({ ...part, x: inputs[i]!, pad })),
        3,
      ),
    );
  };
};

/**
 * The arrays of one group of a convolution, on the device. This is a function outside of the
 * operator's closure, which lives as long as the graph: a weight is a view of its file, and a
 * closure over it would keep the whole file in memory.
 * @param part index of the group; null for all of them, one channel each
 */
function partOf(
  node: OnnxNode,
  context: OperatorContext,
  weight: OnnxTensor,
  group: number,
  part: number | null,
) {
  const count = part === null ? weight.dims[0]! : weight.dims[0]! / group;
  const own = (values: Float32Array) =>
    part === null || values.length === 1
      ? values
      : values.subarray((part * values.length) / group, ((part + 1) * values.length) / group);
  const bias = node.inputs[2] ? context.constant(node.inputs[2]) : undefined;
  const { activation } = context;
  const slope =
    activation?.opType === 'PRelu' ? context.constant(activation.inputs[1]!)! : undefined;
  const fusedName = slope ? 'prelu' : 'relu';
  const filter = filterOf(
    own(weights(weight)),
    [count, ...weight.dims.slice(1)],
    part === null ? group : null,
  );
  return {
    filter: context.keep(filter),
    bias: bias && (context.keep(tf.tensor1d(own(weights(bias)))) as Tensor1D),
    activation: activation ? fusedName : undefined,
    preluActivationWeights: slope && (context.keep(tf.tensor1d(own(weights(slope)))) as Tensor1D),
  } as const;
}

/** [O, I, h, w] → [h, w, I, O]; depthwise [C·M, 1, h, w] → [h, w, C, M]. */
function filterOf(
  values: Float32Array,
  dims: readonly number[],
  depthwiseOf: number | null,
): Tensor4D {
  const [outChannels, inPerGroup, height, width] = dims as [number, number, number, number];
  return tf.tidy(() => {
    const moved = tf.transpose(
      tf.tensor4d(values, [outChannels, inPerGroup, height, width]),
      [2, 3, 1, 0],
    );
    return depthwiseOf === null
      ? moved
      : tf.reshape(moved, [height, width, depthwiseOf, outChannels / depthwiseOf]);
  });
}
