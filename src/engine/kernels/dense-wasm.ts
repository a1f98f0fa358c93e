import { adamFunction } from './adam-wasm';
import {
  advance,
  assembleModule,
  f32x4,
  FunctionBuilder,
  hasRelaxedSimd,
  i32,
  repeatWhileLess,
  set,
  type Local,
  type Statement,
  type Value,
  type WasmFunction,
} from './wasm-assembler';

/** Rows multiplied in one pass; row counts and depths are multiples of it. */
export const DENSE_BLOCK = 4;
/** Columns in one pass, in two registers; column counts are multiples of it. */
const COLUMN_BLOCK = 8;
/** Bytes of a float, and of a register. */
const [FLOAT, REGISTER] = [4, 16];

/**
 * Kernels of one dense layer in WebAssembly, single-threaded. Addresses are bytes in the memory
 * that the kernels were made with.
 */
export interface DenseKernels {
  /** out = relu(xW + b): [rows, depth] · [depth, columns] + [columns]. */
  denseRelu(x: number, weights: number, bias: number, out: number, rows: number): void;
  /** out = xᵀ·d: [rows, depth]ᵀ · [rows, columns], each sum row after row. */
  weightGradient(x: number, d: number, out: number, rows: number): void;
  /**
   * Adam in place over the floats from `parameters` to `end`: see `flat-adam`. The gradient is
   * clipped to ± `clip`, then multiplied by `gain`.
   */
  adam(
    parameters: number,
    m: number,
    v: number,
    gradient: number,
    end: number,
    clip: number,
    gain: number,
    decay: number,
    beta1: number,
    beta2: number,
    scale: number,
    epsilon: number,
  ): void;
}

/**
 * Makes the kernels for one shape.
 * @param depth a multiple of {@link DENSE_BLOCK}
 * @param columns a multiple of 8
 */
export function denseKernels(
  memory: WebAssembly.Memory,
  depth: number,
  columns: number,
): DenseKernels {
  const multiplyAdd = hasRelaxedSimd() ? f32x4.relaxedMadd : separateMultiplyAdd;
  const module = new WebAssembly.Module(
    assembleModule([
      denseRelu(depth, columns, multiplyAdd),
      weightGradient(depth, columns, multiplyAdd),
      adamFunction(),
    ]),
  );
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as DenseKernels;
}

type Register = Local<'v128'>;
type MultiplyAdd = (a: Register, b: Register, c: Register) => Value<'v128'>;

/** a·b + c, rounded twice. */
const separateMultiplyAdd: MultiplyAdd = (a, b, c) => f32x4.add(f32x4.mul(a, b), c);

/** Declares the sums of a block, two registers a row. */
const blockSums = (builder: FunctionBuilder): [Register, Register][] =>
  Array.from({ length: DENSE_BLOCK }, (_, row) => [
    builder.local('v128', `sum${row}Low`),
    builder.local('v128', `sum${row}High`),
  ]);

/** Adds `factor` · [low, high] to the two sums of a row. */
const accumulate = (
  [sumLow, sumHigh]: readonly [Register, Register],
  factor: Register,
  low: Register,
  high: Register,
  multiplyAdd: MultiplyAdd,
): Statement[] => [
  set(sumLow, multiplyAdd(factor, low, sumLow)),
  set(sumHigh, multiplyAdd(factor, high, sumHigh)),
];

/** For each block of columns, for each block of rows: bias, then the products along the depth. */
function denseRelu(depth: number, columns: number, multiplyAdd: MultiplyAdd): WasmFunction {
  const [xStride, outStride] = [FLOAT * depth, FLOAT * columns];
  const builder = new FunctionBuilder('denseRelu');
  const x = builder.parameter('i32', 'x');
  const weights = builder.parameter('i32', 'weights');
  const bias = builder.parameter('i32', 'bias');
  const out = builder.parameter('i32', 'out');
  const rows = builder.parameter('i32', 'rows');
  // Columns are counted in bytes, rows in ones; …At and …End of x and weights are addresses.
  const column = builder.local('i32', 'column');
  const row = builder.local('i32', 'row');
  const xAt = builder.local('i32', 'xAt');
  const weightAt = builder.local('i32', 'weightAt');
  const xEnd = builder.local('i32', 'xEnd');
  const columnEnd = builder.local('i32', 'columnEnd');
  const rowEnd = builder.local('i32', 'rowEnd');
  const factor = builder.local('v128', 'factor');
  const low = builder.local('v128', 'low');
  const high = builder.local('v128', 'high');
  const sums = blockSums(builder);

  const fourDeep: Statement[] = [
    ...[0, 1, 2, 3].flatMap((k) => [
      set(low, f32x4.load(weightAt, k * outStride)),
      set(high, f32x4.load(weightAt, k * outStride + REGISTER)),
      ...sums.flatMap((sum, r) => [
        set(factor, f32x4.loadSplat(xAt, r * xStride + FLOAT * k)),
        ...accumulate(sum, factor, low, high, multiplyAdd),
      ]),
    ]),
    advance(xAt, 4 * FLOAT),
    advance(weightAt, 4 * outStride),
  ];
  const outAt = xAt;
  const block: Statement[] = [
    set(xAt, i32.add(x, i32.mul(row, xStride))),
    set(xEnd, i32.add(xAt, xStride)),
    set(weightAt, i32.add(weights, column)),
    ...sums.flatMap(([sumLow, sumHigh]) => [
      set(sumLow, f32x4.load(i32.add(bias, column))),
      set(sumHigh, f32x4.load(i32.add(bias, column), REGISTER)),
    ]),
    repeatWhileLess(xAt, xEnd, fourDeep),
    set(outAt, i32.add(i32.add(out, i32.mul(row, outStride)), column)),
    ...sums.flatMap((pair, r) =>
      pair.map((sum, half) =>
        f32x4.store(outAt, f32x4.max(sum, f32x4.zero), r * outStride + REGISTER * half),
      ),
    ),
    advance(row, DENSE_BLOCK),
  ];
  return builder.build([
    set(column, 0),
    set(columnEnd, outStride),
    set(rowEnd, rows),
    repeatWhileLess(column, columnEnd, [
      set(row, 0),
      repeatWhileLess(row, rowEnd, block),
      advance(column, FLOAT * COLUMN_BLOCK),
    ]),
  ]);
}

/** For each block of columns, for each four inputs: the products, row after row. */
function weightGradient(depth: number, columns: number, multiplyAdd: MultiplyAdd): WasmFunction {
  const [xStride, dStride] = [FLOAT * depth, FLOAT * columns];
  const builder = new FunctionBuilder('weightGradient');
  const x = builder.parameter('i32', 'x');
  const d = builder.parameter('i32', 'd');
  const out = builder.parameter('i32', 'out');
  const rows = builder.parameter('i32', 'rows');
  // Offsets in bytes: `column` within a row of d, `place` within a row of x.
  const column = builder.local('i32', 'column');
  const place = builder.local('i32', 'place');
  const xAt = builder.local('i32', 'xAt');
  const dAt = builder.local('i32', 'dAt');
  const dEnd = builder.local('i32', 'dEnd');
  const columnEnd = builder.local('i32', 'columnEnd');
  const placeEnd = builder.local('i32', 'placeEnd');
  const factor = builder.local('v128', 'factor');
  const low = builder.local('v128', 'low');
  const high = builder.local('v128', 'high');
  const sums = blockSums(builder);

  const fourRows: Statement[] = [
    ...[0, 1, 2, 3].flatMap((b) => [
      set(low, f32x4.load(dAt, b * dStride)),
      set(high, f32x4.load(dAt, b * dStride + REGISTER)),
      ...sums.flatMap((sum, r) => [
        set(factor, f32x4.loadSplat(xAt, b * xStride + FLOAT * r)),
        ...accumulate(sum, factor, low, high, multiplyAdd),
      ]),
    ]),
    advance(xAt, 4 * xStride),
    advance(dAt, 4 * dStride),
  ];
  const outAt = xAt;
  const block: Statement[] = [
    set(xAt, i32.add(x, place)),
    set(dAt, i32.add(d, column)),
    set(dEnd, i32.add(dAt, i32.mul(rows, dStride))),
    ...sums.flat().map((sum) => set(sum, f32x4.zero)),
    repeatWhileLess(dAt, dEnd, fourRows),
    // `place` counts in bytes: times the columns, it is the offset of the gradient's row.
    set(outAt, i32.add(i32.add(out, i32.mul(place, columns)), column)),
    ...sums.flatMap((pair, r) =>
      pair.map((sum, half) => f32x4.store(outAt, sum, r * dStride + REGISTER * half)),
    ),
    advance(place, FLOAT * DENSE_BLOCK),
  ];
  return builder.build([
    set(column, 0),
    set(columnEnd, dStride),
    set(placeEnd, xStride),
    repeatWhileLess(column, columnEnd, [
      set(place, 0),
      repeatWhileLess(place, placeEnd, block),
      advance(column, FLOAT * COLUMN_BLOCK),
    ]),
  ]);
}
