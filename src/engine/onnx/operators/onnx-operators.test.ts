import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { node, onnxModel, type Model, type Node } from '../../../../test/fixtures/onnx-model';
import {
  recogniserCases,
  type OperatorCase as Case,
} from '../../../../test/fixtures/onnx-operator-cases';
import {
  compare,
  index,
  ints,
  normal,
  positive,
  scalar,
} from '../../../../test/fixtures/onnx-parity';
import { startNodeWasm } from '../../../cli/node/node-backend';
import { parseOnnx } from '../../../formats/onnx/onnx';
import { signatures } from '../onnx-check';
import { OnnxGraph } from '../onnx-graph';

const float = (value: number) => ({ float: value });
const picture = [2, 4, 7, 6];
const square = [2, 4, 5, 5];
const y = (opType: string, inputs: string[] = ['x'], attributes: Node['attributes'] = {}) =>
  node(opType, inputs, 'y', attributes);
/** The pictures as rows [2, 168]. */
const rows = node('Flatten', ['x'], 'rows');
/** The pictures as [2, 4, 42] in ONNX's order. */
const cube = node('Reshape', ['x', 'cubeShape'], 'cube');
const cubeShape = ints(0, 0, -1);
/** The pictures as [2, 7, 4, 6], four-dimensional and yet not held NHWC. */
const turned = node('Transpose', ['x'], 'turned', { perm: [0, 2, 1, 3] });
const shape = node('Shape', ['x'], 'shape');

const cases: readonly Case[] = [
  ...recogniserCases,
  ['a plain convolution', picture, [y('Conv', ['x', 'w'])], { w: normal([5, 4, 3, 3], 0.3) }],
  [
    'a convolution with bias',
    picture,
    [y('Conv', ['x', 'w', 'b'], { kernel_shape: [3, 3] })],
    { w: normal([5, 4, 3, 3], 0.3), b: normal([5]) },
  ],
  ['a pointwise convolution', picture, [y('Conv', ['x', 'w'])], { w: normal([6, 4, 1, 1]) }],
  [
    'a strided convolution',
    picture,
    [y('Conv', ['x', 'w'], { strides: [2, 1] })],
    { w: normal([5, 4, 3, 2], 0.3) },
  ],
  [
    'a convolution padded on each side differently',
    picture,
    [y('Conv', ['x', 'w'], { pads: [1, 0, 2, 3] })],
    { w: normal([5, 4, 3, 3], 0.3) },
  ],
  [
    'a dilated convolution',
    picture,
    [y('Conv', ['x', 'w'], { dilations: [2, 2], pads: [2, 2, 2, 2] })],
    { w: normal([5, 4, 3, 3], 0.3) },
  ],
  [
    'a convolution as large as its picture',
    picture,
    [y('Conv', ['x', 'w'])],
    { w: normal([8, 4, 7, 6], 0.1) },
  ],
  [
    'a convolution with auto_pad VALID',
    picture,
    [y('Conv', ['x', 'w'], { auto_pad: 'VALID' })],
    { w: normal([5, 4, 3, 3], 0.3) },
  ],
  [
    'a convolution with its filter in a Constant',
    picture,
    [node('Constant', [], 'w', { value: normal([5, 4, 3, 3], 0.3) }), y('Conv', ['x', 'w'])],
  ],
  [
    'a depthwise convolution',
    picture,
    [y('Conv', ['x', 'w', 'b'], { group: 4 })],
    { w: normal([4, 1, 3, 3]), b: normal([4]) },
  ],
  [
    'a depthwise convolution of two filters a channel',
    picture,
    [y('Conv', ['x', 'w'], { group: 4 })],
    { w: normal([8, 1, 3, 3]) },
  ],
  [
    'a strided padded depthwise convolution',
    picture,
    [y('Conv', ['x', 'w'], { group: 4, strides: [2, 2], pads: [1, 1, 1, 1] })],
    { w: normal([4, 1, 3, 3]) },
  ],
  [
    'a depthwise convolution padded on one side',
    picture,
    [y('Conv', ['x', 'w'], { group: 4, pads: [0, 0, 1, 2] })],
    { w: normal([4, 1, 3, 3]) },
  ],
  [
    'a dilated depthwise convolution',
    picture,
    [y('Conv', ['x', 'w'], { group: 4, dilations: [2, 2], pads: [2, 2, 2, 2] })],
    { w: normal([4, 1, 3, 3]) },
  ],

  [
    'a maximum over windows',
    picture,
    [y('MaxPool', ['x'], { kernel_shape: [2, 2], strides: [2, 2] })],
  ],
  [
    'a maximum over padded windows',
    picture,
    [y('MaxPool', ['x'], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })],
  ],
  [
    'a maximum over unequal windows',
    picture,
    [y('MaxPool', ['x'], { kernel_shape: [3, 2], pads: [0, 1, 2, 0] })],
  ],
  [
    'a mean over windows',
    picture,
    [y('AveragePool', ['x'], { kernel_shape: [2, 3], strides: [2, 1] })],
  ],
  ['a mean over the picture', picture, [y('GlobalAveragePool')]],
  ['a mean over a picture in ONNX order', picture, [turned, y('GlobalAveragePool', ['turned'])]],

  ['Relu', picture, [y('Relu')]],
  ['Sigmoid', picture, [y('Sigmoid')]],
  ['Exp', picture, [y('Exp')]],
  ['Tanh', picture, [y('Tanh')]],
  ['Sqrt', picture, [node('Exp', ['x'], 'e'), y('Sqrt', ['e'])]],
  [
    'Sqrt of a single constant',
    picture,
    [node('Sqrt', ['two'], 's'), y('Mul', ['x', 's'])],
    { two: scalar(2) },
  ],
  ['LeakyRelu with its own slope', picture, [y('LeakyRelu')]],
  ['LeakyRelu with a given slope', picture, [y('LeakyRelu', ['x'], { alpha: float(0.3) })]],
  ['Identity', picture, [y('Identity')]],
  ['Dropout, which does nothing', picture, [y('Dropout', ['x'], { seed: 3 })]],
  [
    'Dropout whose mask nobody reads',
    picture,
    [node('Dropout', ['x', 'ratio', 'training'], 'y,mask')],
    { ratio: scalar(0.5), training: { dims: [], data: [0], type: 'bool' } },
  ],
  [
    'Clip between constants',
    picture,
    [y('Clip', ['x', 'low', 'high'])],
    { low: scalar(-0.5), high: scalar(0.7) },
  ],
  [
    'Clip between Constant nodes',
    picture,
    [
      node('Constant', [], 'low', { value: scalar(0) }),
      node('Constant', [], 'high', { value_float: float(0.6) }),
      y('Clip', ['x', 'low', 'high']),
    ],
  ],
  [
    'Clip with an upper bound alone',
    picture,
    [y('Clip', ['x', '', 'high'])],
    { high: scalar(0.2) },
  ],
  ['Clip by attributes', picture, [y('Clip', ['x'], { min: float(-0.1), max: float(6) })], {}, 9],

  ['PRelu of a slope a channel', picture, [y('PRelu', ['x', 's'])], { s: normal([4, 1, 1]) }],
  ['PRelu of one slope', picture, [y('PRelu', ['x', 's'])], { s: normal([1]) }],
  ['PRelu of a slope a column', picture, [y('PRelu', ['x', 's'])], { s: normal([6]) }],
  ['PRelu of a slope a row', picture, [y('PRelu', ['x', 's'])], { s: normal([7, 1]) }],
  ['PRelu of a slope a place', picture, [y('PRelu', ['x', 's'])], { s: normal([4, 7, 6]) }],
  [
    'PRelu of a slope a channel in ONNX order',
    picture,
    [turned, y('PRelu', ['turned', 's'])],
    { s: normal([7, 1, 1]) },
  ],
  ['PRelu of rows', picture, [rows, y('PRelu', ['rows', 's'])], { s: normal([168]) }],

  ['Add of the pictures to themselves', picture, [y('Add', ['x', 'x'])]],
  ['Add of a number a channel', picture, [y('Add', ['x', 'c'])], { c: normal([4, 1, 1]) }],
  [
    'Sub from a constant of full rank',
    picture,
    [y('Sub', ['c', 'x'])],
    { c: normal([1, 4, 1, 1]) },
  ],
  ['Mul by a number a column', picture, [y('Mul', ['x', 'c'])], { c: normal([6]) }],
  ['Mul by a whole picture', picture, [y('Mul', ['x', 'c'])], { c: normal([4, 7, 6]) }],
  ['Div by a single number', picture, [y('Div', ['x', 'c'])], { c: scalar(3) }],
  [
    'Div of a single number',
    picture,
    [node('Exp', ['x'], 'e'), y('Div', ['c', 'e'])],
    { c: { dims: [1], data: [3], listed: true } },
  ],
  [
    'Mul of pictures by their means',
    picture,
    [node('GlobalAveragePool', ['x'], 'm'), y('Mul', ['m', 'x'])],
  ],
  [
    'Add of NHWC pictures to ones in ONNX order',
    square,
    [node('Reshape', ['x', 's'], 'r'), y('Add', ['x', 'r'])],
    { s: ints(2, 4, 5, 5) },
  ],
  [
    'Add of pictures of a higher rank',
    square,
    [node('Unsqueeze', ['x', 'axes'], 'u'), y('Add', ['x', 'u'])],
    { axes: ints(0) },
  ],
  ['Add of rows and a bias', picture, [rows, y('Add', ['rows', 'c'])], { c: normal([168]) }],
  [
    'Mul of two single constants',
    picture,
    [node('Mul', ['a', 'b'], 'c'), y('Add', ['x', 'c'])],
    { a: scalar(2.5), b: { dims: [1, 1], data: [0.3] } },
  ],

  [
    'BatchNormalization of pictures',
    picture,
    [
      y('BatchNormalization', ['x', 's', 'b', 'm', 'v'], {
        epsilon: float(0.02),
        momentum: float(0.8),
      }),
    ],
    { s: normal([4]), b: normal([4], -2), m: normal([4], 0.5), v: positive([4]) },
  ],
  [
    'BatchNormalization of rows',
    picture,
    [rows, y('BatchNormalization', ['rows', 's', 'b', 'm', 'v'])],
    { s: normal([168]), b: normal([168], 2), m: normal([168], 0.5), v: positive([168]) },
  ],

  ['Flatten', picture, [y('Flatten')]],
  ['Flatten from another axis', picture, [y('Flatten', ['x'], { axis: 2 })]],
  ['Flatten from an axis counted from the end', picture, [y('Flatten', ['x'], { axis: -1 })]],
  ['Flatten of everything', picture, [y('Flatten', ['x'], { axis: 0 })]],
  ['Reshape to given sides', picture, [y('Reshape', ['x', 's'])], { s: ints(2, 6, 28) }],
  [
    'Reshape that keeps sides and fills one',
    picture,
    [y('Reshape', ['x', 's'])],
    { s: ints(0, -1, 7) },
  ],
  [
    'Reshape that may make zeros and makes none',
    picture,
    [y('Reshape', ['x', 's'], { allowzero: 1 })],
    { s: ints(2, -1, 7) },
    14,
  ],
  [
    'Reshape of a constant',
    picture,
    [node('Reshape', ['c', 's'], 'r'), y('Mul', ['x', 'r'])],
    { c: normal([4]), s: ints(1, -1, 1, 1) },
  ],
  [
    'Reshape by sides in a Constant list',
    picture,
    [node('Constant', [], 's', { value_ints: [-1, 12] }), y('Reshape', ['x', 's'])],
  ],
  ['Transpose to NHWC', picture, [y('Transpose', ['x'], { perm: [0, 2, 3, 1] })]],
  ['Transpose of the four axes', picture, [y('Transpose', ['x'], { perm: [3, 0, 2, 1] })]],
  ['Transpose without a permutation', picture, [rows, y('Transpose', ['rows'])]],
  ['Concat of channels', picture, [node('Relu', ['x'], 'r'), y('Concat', ['x', 'r'], { axis: 1 })]],
  [
    'Concat of columns, counted from the end',
    picture,
    [node('Relu', ['x'], 'r'), y('Concat', ['x', 'r', 'x'], { axis: -1 })],
  ],
  ['Concat of rows', picture, [rows, y('Concat', ['rows', 'rows'], { axis: 0 })]],
  [
    'Concat of NHWC pictures and ones in ONNX order',
    square,
    [node('Reshape', ['x', 's'], 'r'), y('Concat', ['r', 'x'], { axis: 1 })],
    { s: ints(2, 4, 5, 5) },
  ],
  [
    'Slice of channels by inputs',
    picture,
    [y('Slice', ['x', 'from', 'to', 'axes'])],
    { from: ints(1), to: ints(3), axes: ints(1) },
  ],
  [
    'Slice by attributes to the end',
    picture,
    [y('Slice', ['x'], { starts: [-5, 1], ends: [1000, -1], axes: [2, 3] })],
    {},
    9,
  ],
  [
    'Slice of the first axes with steps of one',
    picture,
    [y('Slice', ['x', 'from', 'to', '', 'steps'])],
    { from: ints(0, 2), to: ints(2, 4), steps: ints(1, 1) },
  ],
  ['Gather of channels', picture, [y('Gather', ['x', 'i'], { axis: 1 })], { i: ints(2, -1, 0) }],
  ['Gather of one column', picture, [y('Gather', ['x', 'i'], { axis: -1 })], { i: index(-2) }],
  [
    'Unsqueeze of two axes',
    picture,
    [rows, y('Unsqueeze', ['rows', 'axes'])],
    { axes: ints(-1, 0) },
  ],
  ['Unsqueeze by attribute', picture, [rows, y('Unsqueeze', ['rows'], { axes: [0, 2] })], {}, 9],
  [
    'Squeeze of every axis of length one',
    picture,
    [node('GlobalAveragePool', ['x'], 'm'), y('Squeeze', ['m'])],
  ],
  [
    'Squeeze of one axis',
    picture,
    [node('GlobalAveragePool', ['x'], 'm'), y('Squeeze', ['m', 'axes'])],
    { axes: ints(-1) },
  ],
  [
    'Squeeze by attribute',
    picture,
    [node('GlobalAveragePool', ['x'], 'm'), y('Squeeze', ['m'], { axes: [2, 3] })],
    {},
    9,
  ],

  ['Softmax over the last axis', picture, [cube, y('Softmax', ['cube'])], { cubeShape }],
  [
    'Softmax of the older kind over all axes but the first',
    picture,
    [cube, y('Softmax', ['cube'])],
    { cubeShape },
    9,
  ],
  [
    'Softmax of the older kind over the last axis',
    picture,
    [cube, y('Softmax', ['cube'], { axis: 2 })],
    { cubeShape },
    9,
  ],
  ['Gemm', picture, [rows, y('Gemm', ['rows', 'w'])], { w: normal([168, 5], 0.1) }],
  [
    'Gemm turned and scaled',
    picture,
    [rows, y('Gemm', ['rows', 'w', 'b'], { transB: 1, alpha: float(0.5), beta: float(2) })],
    { w: normal([5, 168], 0.1), b: normal([5]) },
  ],
  [
    'Gemm with its first matrix turned',
    picture,
    [rows, y('Gemm', ['rows', 'w', 'b'], { transA: 1, alpha: float(2) })],
    { w: normal([2, 3]), b: normal([168, 1]) },
  ],
  ['MatMul of rows', picture, [rows, y('MatMul', ['rows', 'w'])], { w: normal([168, 5], 0.1) }],
  [
    'MatMul of many matrices by one',
    picture,
    [cube, y('MatMul', ['cube', 'w'])],
    { cubeShape, w: normal([42, 3], 0.2) },
  ],
  ['MatMul of pictures', picture, [y('MatMul', ['x', 'w'])], { w: normal([4, 6, 3], 0.4) }],

  ['a shape as output', picture, [y('Shape')]],
  ['part of a shape', picture, [y('Shape', ['x'], { start: 1, end: -1 })], {}, 15],
  [
    'Reshape by the shape at hand',
    picture,
    [
      shape,
      node('Gather', ['shape', 'zero'], 'n'),
      node('Unsqueeze', ['n', 'first'], 'ns'),
      node('Concat', ['ns', 'rest'], 's', { axis: 0 }),
      y('Reshape', ['x', 's']),
    ],
    { zero: index(0), first: ints(0), rest: ints(-1, 4) },
  ],
  [
    'arithmetic that divides whole numbers',
    picture,
    [
      shape,
      node('Slice', ['shape', 'two', 'three'], 'h'),
      node('Div', ['h', 'two'], 'half'),
      node('Slice', ['x', 'zero', 'half', 'two'], 'y'),
    ],
    { zero: ints(0), two: ints(2), three: ints(3) },
  ],
  [
    'arithmetic through floating point',
    picture,
    [
      shape,
      node('Cast', ['shape'], 'f', { to: 1 }),
      node('Mul', ['f', 'scale'], 'g'),
      node('Cast', ['g'], 'i', { to: 7 }),
      node('Slice', ['x', 'zero', 'i'], 'y'),
    ],
    { scale: scalar(0.7), zero: ints(0, 0, 0, 0) },
  ],
  [
    'arithmetic on lists',
    picture,
    [
      shape,
      node('Add', ['shape', 'one'], 'more'),
      node('Sub', ['more', 'less'], 's'),
      node('Squeeze', ['s'], 't'),
      y('Reshape', ['x', 't']),
    ],
    { one: index(1), less: ints(-1, 3, 2, 0) },
  ],
  ['Cast of pictures to what they are', picture, [y('Cast', ['x'], { to: 1 })]],
  [
    'Cast of a constant held in half precision',
    picture,
    [node('Cast', ['half'], 'c', { to: 1 }), y('Mul', ['x', 'c'])],
    { half: { dims: [4, 1, 1], data: [0x3c00, 0xc500, 0x3555, 0x0001], type: 'float16' } },
  ],
  [
    'CastLike of a constant',
    picture,
    [node('CastLike', ['c', 'x'], 'd'), y('Add', ['x', 'd'])],
    { c: normal([4, 1, 1]) },
    15,
  ],
  [
    'CastLike of whole numbers',
    picture,
    [
      shape,
      node('CastLike', ['shape', 'x'], 'f'),
      node('Mul', ['f', 'scale'], 'g'),
      node('CastLike', ['g', 'shape'], 'i'),
      node('Slice', ['x', 'zero', 'i'], 'y'),
    ],
    { scale: scalar(0.7), zero: ints(0, 0, 0, 0) },
    15,
  ],
  ['CastLike of pictures', picture, [y('CastLike', ['x', 'c'])], { c: normal([4]) }, 15],

  [
    'Expand of a number a picture to rows',
    picture,
    [
      rows,
      node('ReduceL2', ['rows'], 'n', { axes: [1] }),
      node('Shape', ['rows'], 's'),
      node('Expand', ['n', 's'], 'e'),
      y('Div', ['rows', 'e']),
    ],
    {},
    14,
  ],
  ['Expand to sides that it has', picture, [y('Expand', ['x', 's'])], { s: ints(6) }],
  [
    'Expand of rows to a higher rank',
    picture,
    [rows, y('Expand', ['rows', 's'])],
    { s: ints(3, 1, 1) },
  ],
  [
    'Expand of a single constant, as a bias',
    picture,
    [
      node('Shape', ['w'], 'sides', { start: 0, end: 1 }),
      node('Expand', ['zero', 'sides'], 'b'),
      y('Conv', ['x', 'w', 'b']),
    ],
    { w: normal([5, 4, 3, 3], 0.3), zero: scalar(0.25) },
    15,
  ],
  [
    'Expand of constants',
    picture,
    [node('Expand', ['c', 's'], 'e'), y('Mul', ['x', 'e'])],
    { c: normal([4, 1, 1]), s: ints(4, 7, 6) },
  ],

  ['ReduceMean over the picture', picture, [y('ReduceMean', ['x'], { axes: [2, 3], keepdims: 0 })]],
  [
    'ReduceMean over the picture in ONNX order',
    picture,
    [turned, y('ReduceMean', ['turned', 'axes'])],
    { axes: ints(-1, -2) },
    18,
  ],
  ['ReduceMean over channels', picture, [y('ReduceMean', ['x'], { axes: [1] })]],
  [
    'ReduceSum over rows and columns apart',
    picture,
    [y('ReduceSum', ['x', 'axes'], { keepdims: 0 })],
    { axes: ints(1, 3) },
  ],
  ['ReduceSum of everything', picture, [y('ReduceSum', ['x'])]],
  ['ReduceL2 of rows', picture, [rows, y('ReduceL2', ['rows', 'axes'])], { axes: ints(-1) }, 18],
  [
    'a constant as output',
    picture,
    [node('Relu', ['x'], 'r'), node('Constant', [], 'y', { value_floats: { floats: [1, 2.5] } })],
  ],
];

const w = normal([5, 4, 3, 3], 0.3);
const four = { s: normal([4]), b: normal([4]), m: normal([4]), v: positive([4]) };
const computed = node('Exp', ['x'], 'computed');

/**
 * Nodes that the importer doesn't compute: refused when they are prepared or, if that depends on a
 * shape, when they run.
 */
const refusals: readonly (readonly [expected: string, ...rest: Case])[] = [
  ['known without looking at pictures', 'Equal of pictures', picture, [y('Equal', ['x', 'x'])]],
  [
    'lists of one length; it is given 2, 3, 3 numbers',
    'Where of unlike lists',
    picture,
    [node('Where', ['c', 'a', 'b'], 'y')],
    { c: ints(1, 0), a: ints(1, 2, 3), b: ints(4, 5, 6) },
  ],
  [
    'sides of 0 and more; it is given [2, -1]',
    'ConstantOfShape of less than nothing',
    picture,
    [y('ConstantOfShape', ['s'])],
    { s: ints(2, -1) },
  ],
  [
    'it has 5 in 2 groups',
    'a convolution whose filters no group shares',
    picture,
    [y('Conv', ['x', 'w'], { group: 2 })],
    { w: normal([5, 2, 3, 3]) },
  ],
  [
    'pictures of 4 channels, as its filter is for; it is given 7',
    'a convolution of other channels',
    picture,
    [turned, y('Conv', ['turned', 'w'])],
    { w },
  ],
  [
    'SAME_LOWER; it has SAME.',
    'a convolution with an unknown auto_pad',
    picture,
    [y('Conv', ['x', 'w'], { auto_pad: 'SAME' })],
    { w },
  ],
  [
    'pictures as large as its window of 9 × 2; it is given 7 × 6',
    'a pool larger than its picture',
    picture,
    [y('MaxPool', ['x'], { kernel_shape: [9, 2] })],
  ],
  [
    'mode constant, reflect, edge, wrap; it has mirror',
    'a frame of an unknown kind',
    picture,
    [y('Pad', ['x', 'p'], { mode: 'mirror' })],
    { p: ints(0, 0, 1, 1, 0, 0, 1, 1) },
  ],
  [
    'it has 7 and 0 along a side of 7',
    'a mirror larger than its picture',
    picture,
    [y('Pad', ['x', 'p'], { mode: 'reflect' })],
    { p: ints(0, 0, 7, 0, 0, 0, 0, 0) },
  ],
  [
    'two pads an axis; it has [1, 1]',
    'a frame of too few numbers',
    picture,
    [y('Pad', ['x', 'p'])],
    { p: ints(1, 1) },
  ],
  [
    'steps other than 0',
    'Slice that stands still',
    picture,
    [y('Slice', ['x', 'from', 'to', 'axes', 'steps'])],
    { from: ints(0), to: ints(4), axes: ints(1), steps: ints(0) },
  ],
  [
    '2 parts that make up axis 1 of [2, 4, 7, 6]; it has [1, 2]',
    'Split into too little',
    picture,
    [node('Split', ['x', 'parts'], 'y,z', { axis: 1 })],
    { parts: ints(1, 2) },
  ],
  [
    'approximate none or tanh; it has quick',
    'Gelu by another way',
    picture,
    [y('Gelu', ['x'], { approximate: 'quick' })],
    {},
    20,
  ],
  [
    'p of 1 or 2; it has 3',
    'LpNormalization by cubes',
    picture,
    [y('LpNormalization', ['x'], { p: 3 })],
  ],
  [
    'a constant filter',
    'a convolution with a computed filter',
    [5, 4, 3, 3],
    [computed, y('Conv', ['x', 'computed'])],
  ],
  [
    'strides 2 × 2 and dilations 2 × 2',
    'a convolution strided and dilated',
    picture,
    [y('Conv', ['x', 'w'], { strides: [2, 2], dilations: [2, 2] })],
    { w },
  ],
  [
    'four pads of 0 and more; it has [0, 0, -1, 0]',
    'a convolution that crops',
    picture,
    [y('Conv', ['x', 'w'], { pads: [0, 0, -1, 0] })],
    { w },
  ],
  [
    'pictures [N, C, H, W]; it is given [2, 168]',
    'a convolution of rows',
    picture,
    [rows, y('Conv', ['rows', 'w'])],
    { w },
  ],
  [
    'without dilations; it has 2 × 2',
    'a dilated pool',
    picture,
    [y('MaxPool', ['x'], { kernel_shape: [2, 2], dilations: [2, 2] })],
  ],
  [
    'kernel_shape for height and width; it has [2]',
    'a pool over one axis',
    picture,
    [y('MaxPool', ['x'], { kernel_shape: [2] })],
  ],
  [
    '"indices" is read by the node "node of y"',
    'a pool whose indices are read',
    picture,
    [
      node('MaxPool', ['x'], 'm,indices', { kernel_shape: [2, 2] }),
      y('Cast', ['indices'], { to: 1 }),
    ],
  ],
  [
    'its input 1; "computed" is computed',
    'Clip by a computed bound',
    picture,
    [computed, y('Clip', ['x', 'computed'])],
  ],
  [
    'training_mode 0',
    'BatchNormalization in training',
    picture,
    [y('BatchNormalization', ['x', 's', 'b', 'm', 'v'], { training_mode: 1 })],
    four,
    15,
  ],
  [
    'spatial 1',
    'BatchNormalization of every place',
    picture,
    [y('BatchNormalization', ['x', 's', 'b', 'm', 'v'], { spatial: 0 })],
    four,
    8,
  ],
  [
    'training_mode false',
    'Dropout in training',
    picture,
    [y('Dropout', ['x', 'ratio', 'training'])],
    { ratio: scalar(0.5), training: { dims: [], data: [1], type: 'bool', listed: true } },
  ],
  [
    'two matrices; it is given [2, 4, 7, 6]',
    'Gemm of pictures',
    picture,
    [y('Gemm', ['x', 'w'])],
    { w: normal([6, 2]) },
  ],
  [
    'no attributes; it has broadcast',
    'Add of an older kind',
    picture,
    [y('Add', ['x', 'c'], { broadcast: 1 })],
    { c: normal([4]) },
  ],
  [
    'it is to make [0, -1]',
    'Reshape that makes zeros',
    picture,
    [y('Reshape', ['x', 's'], { allowzero: 1 })],
    { s: ints(0, -1) },
    14,
  ],
  [
    'it is to make [2, 100] of [2, 4, 7, 6]',
    'Reshape to another number of elements',
    picture,
    [y('Reshape', ['x', 's'])],
    { s: ints(2, 100) },
  ],
  [
    'known without looking at pictures',
    'Reshape by computed sides',
    picture,
    [computed, y('Reshape', ['x', 'computed'])],
  ],
  [
    'asks for [4] of axis 1',
    'Gather beyond the end',
    picture,
    [y('Gather', ['x', 'i'], { axis: 1 })],
    { i: ints(4) },
  ],
  [
    'axes of length 1; it names 1',
    'Squeeze of a long axis',
    picture,
    [y('Squeeze', ['x', 'axes'])],
    { axes: ints(1) },
  ],
  [
    'it makes whole numbers',
    'Cast of pictures to whole numbers',
    picture,
    [y('Cast', ['x'], { to: 7 })],
  ],
  [
    'it makes whole numbers',
    'CastLike of pictures to whole numbers',
    picture,
    [y('CastLike', ['x', 'like'])],
    { like: ints(1, 2) },
    15,
  ],
  [
    'it is to make [5, 1] of [2, 4, 7, 6]',
    'Expand to sides that don’t fit',
    picture,
    [y('Expand', ['x', 's'])],
    { s: ints(5, 1) },
  ],
  [
    'axes of [2, 4, 7, 6]; it names 4',
    'a reduction over an axis that isn’t there',
    picture,
    [y('ReduceMean', ['x'], { axes: [4] })],
  ],
  [
    'noop_with_empty_axes is set',
    'a reduction of nothing',
    picture,
    [y('ReduceSum', ['x'], { noop_with_empty_axes: 1 })],
  ],
  ['it has data type 9', 'Cast to truth values', picture, [y('Cast', ['x'], { to: 9 })]],
];

const modelOf = ([, input, nodes, constants, opset]: Case): Model => ({
  input,
  nodes,
  constants,
  opset,
});
const named = cases.map((each) => [each[0], modelOf(each)] as const);
const refused = refusals.map(([expected, ...each]) => [each[0], modelOf(each), expected] as const);

describe('ONNX operators', () => {
  beforeAll(startNodeWasm);

  it.each(named)('%s agrees with onnxruntime', async (_, model) => {
    const { shape: found, expectedShape, error, leaked } = await compare(model);
    expect(found).toEqual(expectedShape);
    // onnxruntime computes in float32 too; the two differ in the order of their sums.
    expect(error).toBeLessThan(1e-5);
    expect(leaked).toBe(0);
  });

  it('compares every operator that the importer knows', () => {
    const compared = new Set(cases.flatMap(([, , nodes]) => nodes.map(({ opType }) => opType)));
    expect(Object.keys(signatures).filter((name) => !compared.has(name))).toEqual([]);
  });

  it.each(refused)('%s is refused by name', (_, model, expected) => {
    const before = tf.memory().numTensors;
    const pictures = tf.zeros([model.input[0], model.input[2], model.input[3], model.input[1]] as [
      number,
      number,
      number,
      number,
    ]);
    const attempt = () => {
      const graph = new OnnxGraph(parseOnnx(onnxModel(model)));
      try {
        return graph.run(pictures as tf.Tensor4D);
      } finally {
        graph.dispose();
      }
    };
    // The node at fault makes `y` or reads the indices; the others only feed it.
    const atFault = model.nodes.find(
      ({ outputs }) => outputs.includes('indices') || outputs[0] === 'y',
    )!;
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'unsupported-op',
        message: expect.stringContaining(expected),
      }),
    );
    expect(attempt).toThrow(`The node "${atFault.name}" (${atFault.opType})`);
    pictures.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
