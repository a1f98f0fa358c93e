import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OnnxNode } from '../../../formats/onnx/onnx';
import { attribute, refused, type Operation, type OperatorFactory } from './onnx-operator';
import { aligned, logicalValue, toLogical, type GraphValue, type HostValue } from '../onnx-values';

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;
type Fold = (a: number, b: number) => number;

/** An element-wise operation of one input, in any order of axes. */
export const elementwise =
  (apply: Unary): Operation =>
  ([x]) =>
    x!.kind === 'host'
      ? logicalValue(apply(toLogical(x!)))
      : { kind: 'device', tensor: apply(x!.tensor), channelsLast: x!.channelsLast };

/**
 * An operator of one input and no attributes.
 * @param fold the same for a number, if shape arithmetic may use it
 */
export const unary =
  (apply: Unary, fold?: (x: number) => number): OperatorFactory =>
  () => {
    const onDevice = elementwise(apply);
    return (inputs, batch) => {
      const [x] = inputs;
      return fold && x!.kind === 'host'
        ? { ...x!, data: x!.data.map(fold) }
        : onDevice(inputs, batch);
    };
  };

/** A broadcasting operator of two inputs; constants fold on the host. */
export const binary =
  (apply: Binary, fold: Fold): OperatorFactory =>
  (node) =>
  ([a, b]) =>
    combined(node, a!, b!, apply, fold);

/** A broadcasting operator of one input or more. */
export const variadic =
  (apply: Binary, fold: Fold): OperatorFactory =>
  (node) =>
  (inputs) =>
    (inputs as GraphValue[]).reduce((a, b) => combined(node, a, b, apply, fold));

function combined(
  node: OnnxNode,
  a: GraphValue,
  b: GraphValue,
  apply: Binary,
  fold: Fold,
): GraphValue {
  if (a.kind === 'host' && b.kind === 'host') return folded(node, a, b, fold);
  const { tensors, channelsLast } = aligned([a, b]);
  return { kind: 'device', tensor: apply(tensors[0]!, tensors[1]!), channelsLast };
}

function folded(node: OnnxNode, a: HostValue, b: HostValue, fold: Fold): HostValue {
  const single = ({ data }: HostValue) => data.length === 1;
  if (!single(a) && !single(b) && a.dims.join() !== b.dims.join()) {
    throw refused(
      node,
      `shape arithmetic on equal shapes; it is given [${a.dims.join(', ')}] and ` +
        `[${b.dims.join(', ')}]`,
    );
  }
  // The result of two single numbers has the higher rank.
  const wide = single(a) && (!single(b) || b.dims.length > a.dims.length) ? b : a;
  const whole = a.whole && b.whole;
  const data = wide.data.map((_, i) =>
    fold(a.data[single(a) ? 0 : i]!, b.data[single(b) ? 0 : i]!),
  );
  // Whole numbers divide towards zero.
  return { kind: 'host', dims: wide.dims, data: whole ? data.map(Math.trunc) : data, whole };
}

/** Equal: 1 where two known numbers are equal, else 0. */
export const equal: OperatorFactory =
  (node) =>
  ([a, b]) => {
    if (a!.kind !== 'host' || b!.kind !== 'host')
      throw refused(node, 'numbers that are known without looking at pictures');
    return { ...folded(node, a!, b!, (x, y) => Number(x === y)), whole: true };
  };

/**
 * Pow. Exporters use it mostly for squares, and a product is exact where a logarithm is not.
 */
export const power: OperatorFactory =
  (node) =>
  ([a, b]) => {
    if (a!.kind === 'device' && b!.kind === 'host' && b!.data.length === 1 && b!.data[0] === 2)
      return { ...a!, tensor: tf.square(a!.tensor) };
    return combined(node, a!, b!, tf.pow, Math.pow);
  };

const HARD_SWISH_SLOPE = 1 / 6;

const hardened = (x: Tensor, slope: number, offset: number): Tensor =>
  tf.clipByValue(tf.add(tf.mul(x, slope), offset), 0, 1);

/** max(0, min(1, αx + β)). */
export const hardSigmoid: OperatorFactory = (node) => {
  const [slope, offset] = [attribute(node, 'alpha', 0.2), attribute(node, 'beta', 0.5)];
  return elementwise((x) => hardened(x, slope, offset));
};

/** x · max(0, min(1, x/6 + 1/2)). */
export const hardSwish: OperatorFactory = () =>
  elementwise((x) => tf.mul(x, hardened(x, HARD_SWISH_SLOPE, 0.5)));

/** x · Φ(x), by the error function or its approximation with tanh. */
export const gelu: OperatorFactory = (node) => {
  const by = node.attributes.get('approximate') ?? 'none';
  if (by !== 'none' && by !== 'tanh')
    throw refused(node, `approximate none or tanh; it has ${String(by)}`);
  return elementwise((x) => {
    const inner =
      by === 'tanh'
        ? tf.tanh(
            tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x))))),
          )
        : tf.erf(tf.mul(x, Math.SQRT1_2));
    return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
  });
};

/** x below zero becomes α(eˣ − 1). */
export const elu: OperatorFactory = (node) => {
  const alpha = attribute(node, 'alpha', 1);
  if (alpha === 1) return elementwise(tf.elu);
  return elementwise((x) => tf.add(tf.relu(x), tf.mul(alpha, tf.expm1(tf.minimum(x, 0)))));
};
