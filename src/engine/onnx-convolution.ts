import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxNode, OnnxTensor } from '../formats/onnx';
import { attribute, finite, numbers, refused, type OperatorContext, type OperatorFactory } from './onnx-operator';
import { channelsLastValue, logicalShape, toChannelsLast, type GraphValue } from './onnx-values';

type Pair = [number, number];
type ExplicitPadding = [Pair, Pair, Pair, Pair];

/** The lowest number of float32, which is ONNX's default where it means "no lower bound". */
export const LOWEST = -3.4028234663852886e38;

/**
 * Weights smaller than this become zero. Training with weight decay leaves whole channels at 1e-30 and below, a seventh
 * of MobileFaceNet's weights; their products are denormal numbers, over which many CPUs spend a hundred cycles each: the
 * depthwise layers took up to twenty times as long on one. Beside sums of order one, float32 does not see them at all.
 */
const NEGLIGIBLE = 1e-12;

function weights(tensor: OnnxTensor): Float32Array {
  const values = new Float32Array(finite(tensor));
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]!) < NEGLIGIBLE) values[i] = 0;
  return values;
}

/**
 * ONNX Conv as tfjs's fused convolution with bias, and with the activation that follows where it is Relu or a PRelu of
 * constant slope. Group 1 and depthwise (group = input channels); anything between is refused by name.
 */
export const convolution: OperatorFactory = (node, context) => {
  const weight = context.constant(node.inputs[1]!);
  if (weight?.dims.length !== 4) throw refused(node, 'a 2-D convolution with a constant filter');
  const inPerGroup = weight.dims[1]!;
  const group = attribute(node, 'group', 1);
  const depthwise = group > 1 && inPerGroup === 1;
  if (group > 1 && !depthwise) throw refused(node, `group 1 or one channel a group; it has ${group} groups of ${inPerGroup} channels`);
  const [strides, dilations] = [pairOf(node, 'strides'), pairOf(node, 'dilations')];
  // tfjs's own limit.
  if (Math.max(...strides) > 1 && Math.max(...dilations) > 1) throw refused(node, `strides or dilations of 1; it has strides ${strides.join(' × ')} and dilations ${dilations.join(' × ')}`);
  const pad = paddingOf(node);
  const biasTensor = node.inputs[2] ? context.constant(node.inputs[2]) : undefined;
  if (node.inputs[2] && !biasTensor) throw refused(node, 'a constant bias');
  const filter = context.keep(filterOf(weight, depthwise ? group : null));
  const bias = biasTensor ? context.keep(tf.tensor1d(weights(biasTensor)) as Tensor1D) : undefined;
  const shared = { filter, strides, pad, dilations, bias, ...activationOf(context) };
  return ([x]) => {
    const options = { ...shared, x: picture(node, x!) };
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
    if (!numbers(node, 'kernel_shape')) throw refused(node, 'a pool with kernel_shape');
    const [kernel, strides, dilations] = [pairOf(node, 'kernel_shape'), pairOf(node, 'strides'), pairOf(node, 'dilations')];
    if (Math.max(...dilations) > 1) throw refused(node, `a pool without dilations; it has ${dilations.join(' × ')}`);
    return ([x]) => {
      const input = picture(node, x!);
      if (kind === 'avg') return channelsLastValue(tf.avgPool(input, kernel, strides, 'valid'));
      // A maximum ignores what lies outside; padding with the lowest number does the same on every backend.
      const framed = padded ? tf.pad4d(input, pad, LOWEST) : input;
      return channelsLastValue(tf.maxPool(framed, kernel, strides, 'valid'));
    };
  };

/** GlobalAveragePool. */
export const globalAveragePool: OperatorFactory = (node) => ([x]) => channelsLastValue(tf.mean(picture(node, x!), [1, 2], true));

/**
 * [O, I, h, w] → [h, w, I, O]; depthwise [C·M, 1, h, w] → [h, w, C, M]. Apart from the operator's own scope, which lives as long
 * as the graph: a tensor is a view of its file, and a closure beside one that reads it would hold all of the file in memory.
 */
function filterOf(weight: OnnxTensor, depthwiseOf: number | null): Tensor4D {
  const [outChannels, inPerGroup, height, width] = weight.dims as [number, number, number, number];
  return tf.tidy(() => {
    const moved = tf.transpose(tf.tensor4d(weights(weight), [outChannels, inPerGroup, height, width]), [2, 3, 1, 0]);
    return depthwiseOf === null ? moved : tf.reshape(moved, [height, width, depthwiseOf, outChannels / depthwiseOf]);
  });
}

function activationOf(context: OperatorContext): { activation?: 'relu' | 'prelu'; preluActivationWeights?: Tensor1D } {
  const { activation } = context;
  if (!activation) return {};
  if (activation.opType === 'Relu') return { activation: 'relu' };
  const slope = context.constant(activation.inputs[1]!)!;
  return { activation: 'prelu', preluActivationWeights: context.keep(tf.tensor1d(weights(slope))) };
}

function picture(node: OnnxNode, value: GraphValue): Tensor4D {
  const shape = logicalShape(value);
  if (shape.length !== 4) throw refused(node, `pictures [N, C, H, W]; it is given [${shape.join(', ')}]`);
  return toChannelsLast(value) as Tensor4D;
}

function pairOf(node: OnnxNode, name: string): Pair {
  const values = numbers(node, name) ?? [1, 1];
  if (values.length !== 2) throw refused(node, `${name} for height and width; it has [${values.join(', ')}]`);
  return [values[0]!, values[1]!];
}

/** ONNX pads [top, left, bottom, right]. */
function paddingOf(node: OnnxNode): ExplicitPadding {
  const mode = node.attributes.get('auto_pad') ?? 'NOTSET';
  if (mode !== 'NOTSET' && mode !== 'VALID') throw refused(node, `explicit pads; it has auto_pad ${String(mode)}`);
  const pads = (mode === 'NOTSET' ? numbers(node, 'pads') : undefined) ?? [0, 0, 0, 0];
  if (pads.length !== 4 || pads.some((side) => side < 0)) throw refused(node, `four pads of 0 and more; it has [${pads.join(', ')}]`);
  const [top, left, bottom, right] = pads as [number, number, number, number];
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}
