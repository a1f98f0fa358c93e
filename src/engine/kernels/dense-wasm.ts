import {
  add,
  addI32,
  advance,
  code,
  div,
  fusedMulAdd,
  get,
  hasRelaxedSimd,
  i32,
  load,
  loadSplat,
  max,
  min,
  moduleOf,
  mul,
  mulI32,
  repeatWhileLess,
  set,
  splat,
  sqrt,
  store,
  sub,
  zero,
  type Code,
  type WasmFunction,
} from './wasm-assembler';

/** Rows that are multiplied at once: row counts and depths are multiples of it. */
export const DENSE_BLOCK = 4;
/** Columns at once, in two registers: column counts are multiples of it. */
const ACROSS = 8;

/**
 * Kernels of one dense layer in WebAssembly, single-threaded. Addresses are bytes in the memory
 * they were made with.
 */
export interface DenseKernels {
  /** out = relu(xW + b): [rows, depth] · [depth, columns] + [columns]. */
  denseRelu(x: number, weights: number, bias: number, out: number, rows: number): void;
  /** out = xᵀ·d: [rows, depth]ᵀ · [rows, columns], each sum row after row. */
  weightGradient(x: number, d: number, out: number, rows: number): void;
  /**
   * Adam in place over the floats from `parameters` to `end`: see `flat-adam`. `gain` is what the
   * clipped gradient is multiplied with.
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
  const mulAdd = hasRelaxedSimd() ? fusedMulAdd : null;
  const module = new WebAssembly.Module(
    moduleOf([denseRelu(depth, columns, mulAdd), weightGradient(depth, columns, mulAdd), adam]),
  );
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as DenseKernels;
}

/** acc += splat(float at p + xOffset) · w, for both registers of a block's row. */
function accumulate(
  sums: readonly [number, number],
  x: Code,
  w: readonly [number, number],
  factor: number,
  fused: Code | null,
): Code {
  const one = (sum: number, weight: number) =>
    fused
      ? code(get(factor), get(weight), get(sum), fused, set(sum))
      : code(get(factor), get(weight), mul, get(sum), add, set(sum));
  return code(x, set(factor), one(sums[0], w[0]), one(sums[1], w[1]));
}

/** The sums of a block, two registers a row, from local `first` on. */
const blockSums = (first: number): [number, number][] =>
  Array.from({ length: DENSE_BLOCK }, (_, row) => [first + 2 * row, first + 2 * row + 1]);

function denseRelu(depth: number, columns: number, fused: Code | null): WasmFunction {
  const [
    x,
    weights,
    bias,
    out,
    rows,
    column,
    row,
    px,
    pw,
    end,
    across,
    limit,
    factor,
    w0,
    w1,
    firstSum,
  ] = Array.from({ length: 16 }, (_, i) => i) as number[] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const sums = blockSums(firstSum);
  const step = code(
    ...[0, 1, 2, 3].map((k) =>
      code(
        code(get(pw), load(4 * k * columns), set(w0), get(pw), load(4 * k * columns + 16), set(w1)),
        ...sums.map((sum, r) =>
          accumulate(sum, code(get(px), loadSplat(4 * (r * depth + k))), [w0, w1], factor, fused),
        ),
      ),
    ),
    advance(px, 16),
    advance(pw, 16 * columns),
  );
  const block = code(
    code(
      get(x),
      get(row),
      i32(4 * depth),
      mulI32,
      addI32,
      set(px),
      get(px),
      i32(4 * depth),
      addI32,
      set(end),
    ),
    code(get(weights), get(column), addI32, set(pw)),
    ...sums.map(([low, high]) =>
      code(
        get(bias),
        get(column),
        addI32,
        load(0),
        set(low),
        get(bias),
        get(column),
        addI32,
        load(16),
        set(high),
      ),
    ),
    repeatWhileLess(px, end, step),
    code(get(out), get(row), i32(4 * columns), mulI32, addI32, get(column), addI32, set(px)),
    ...sums.flatMap((pair, r) =>
      pair.map((sum, half) =>
        code(get(px), get(sum), zero, max, store(4 * r * columns + 16 * half)),
      ),
    ),
    advance(row, DENSE_BLOCK),
  );
  const body = code(
    code(i32(0), set(column), i32(4 * columns), set(across), get(rows), set(limit)),
    repeatWhileLess(
      column,
      across,
      code(i32(0), set(row), repeatWhileLess(row, limit, block), advance(column, 4 * ACROSS)),
    ),
  );
  return {
    name: 'denseRelu',
    parameters: ['i32', 'i32', 'i32', 'i32', 'i32'],
    locals: [
      ...new Array<'i32'>(7).fill('i32'),
      ...new Array<'v128'>(3 + 2 * DENSE_BLOCK).fill('v128'),
    ],
    body,
  };
}

function weightGradient(depth: number, columns: number, fused: Code | null): WasmFunction {
  const [x, d, out, rows, column, place, px, pd, end, across, limit, factor, d0, d1, firstSum] =
    Array.from({ length: 15 }, (_, i) => i) as number[] as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
  const sums = blockSums(firstSum);
  const step = code(
    ...[0, 1, 2, 3].map((b) =>
      code(
        code(get(pd), load(4 * b * columns), set(d0), get(pd), load(4 * b * columns + 16), set(d1)),
        ...sums.map((sum, r) =>
          accumulate(sum, code(get(px), loadSplat(4 * (b * depth + r))), [d0, d1], factor, fused),
        ),
      ),
    ),
    advance(px, 16 * depth),
    advance(pd, 16 * columns),
  );
  const block = code(
    code(get(x), get(place), addI32, set(px)),
    code(
      get(d),
      get(column),
      addI32,
      set(pd),
      get(pd),
      get(rows),
      i32(4 * columns),
      mulI32,
      addI32,
      set(end),
    ),
    ...sums.flat().map((sum) => code(zero, set(sum))),
    repeatWhileLess(pd, end, step),
    code(get(out), get(place), i32(columns), mulI32, addI32, get(column), addI32, set(px)),
    ...sums.flatMap((pair, r) =>
      pair.map((sum, half) => code(get(px), get(sum), store(4 * r * columns + 16 * half))),
    ),
    advance(place, 4 * DENSE_BLOCK),
  );
  const body = code(
    code(i32(0), set(column), i32(4 * columns), set(across), i32(4 * depth), set(limit)),
    repeatWhileLess(
      column,
      across,
      code(i32(0), set(place), repeatWhileLess(place, limit, block), advance(column, 4 * ACROSS)),
    ),
  );
  return {
    name: 'weightGradient',
    parameters: ['i32', 'i32', 'i32', 'i32'],
    locals: [
      ...new Array<'i32'>(7).fill('i32'),
      ...new Array<'v128'>(3 + 2 * DENSE_BLOCK).fill('v128'),
    ],
    body,
  };
}

const adam: WasmFunction = (() => {
  const [p, m, v, gradient, end, clip, gain, decay, beta1, beta2, scale, epsilon] = Array.from(
    { length: 12 },
    (_, i) => i,
  ) as number[] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  /** The numbers, four times over each, from this local on. */
  const wide = (parameter: number) => 12 + parameter - clip;
  const [lowest, share1, share2, g, moment] = [19, 20, 21, 22, 23];
  const widened = code(
    ...[clip, gain, decay, beta1, beta2, scale, epsilon].map((parameter) =>
      code(get(parameter), splat, set(wide(parameter))),
    ),
    code(zero, get(wide(clip)), sub, set(lowest)),
    ...(
      [
        [beta1, share1],
        [beta2, share2],
      ] as const
    ).map(([beta, share]) =>
      code(
        [0x43, ...new Uint8Array(Float32Array.of(1).buffer)],
        splat,
        get(wide(beta)),
        sub,
        set(share),
      ),
    ),
  );
  const step = code(
    code(
      get(gradient),
      load(0),
      get(wide(clip)),
      min,
      get(lowest),
      max,
      get(wide(gain)),
      mul,
      get(p),
      load(0),
      get(wide(decay)),
      mul,
      add,
      set(g),
    ),
    code(
      get(m),
      load(0),
      get(wide(beta1)),
      mul,
      get(g),
      get(share1),
      mul,
      add,
      set(moment),
      get(m),
      get(moment),
      store(0),
    ),
    code(
      get(g),
      get(g),
      mul,
      get(share2),
      mul,
      get(v),
      load(0),
      get(wide(beta2)),
      mul,
      add,
      set(g),
      get(v),
      get(g),
      store(0),
    ),
    code(
      get(p),
      get(p),
      load(0),
      get(moment),
      get(wide(scale)),
      mul,
      get(g),
      sqrt,
      get(wide(epsilon)),
      add,
      div,
      sub,
      store(0),
    ),
    ...[p, m, v, gradient].map((pointer) => advance(pointer, 16)),
  );
  return {
    name: 'adam',
    parameters: [...new Array<'i32'>(5).fill('i32'), ...new Array<'f32'>(7).fill('f32')],
    locals: new Array<'v128'>(12).fill('v128'),
    body: code(widened, repeatWhileLess(p, end, step)),
  };
})();
