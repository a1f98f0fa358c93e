/**
 * As much of WebAssembly's binary form as the kernels of this folder need: functions of i32 and f32
 * parameters over one imported memory, with SIMD. Every function here gives the bytes of what it is
 * named after.
 */
export type Code = readonly number[];

/** A function of a module: its parameters, then its locals, are numbered from 0 on. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ('i32' | 'f32')[];
  readonly locals: readonly ('i32' | 'v128')[];
  readonly body: Code;
}

const TYPES = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;

/** An unsigned number, seven bits a byte. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? byte : byte | 0x80);
    if (rest === 0) return bytes;
  }
}

/** A signed number, seven bits a byte. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    bytes.push(isLast ? byte : byte | 0x80);
    if (isLast) return bytes;
  }
}

const simd = (operation: number, ...operands: number[]): Code => [
  0xfd,
  ...unsigned(operation),
  ...operands,
];
const at = (align: number, offset: number): number[] => [...unsigned(align), ...unsigned(offset)];

export const get = (index: number): Code => [0x20, ...unsigned(index)];
export const set = (index: number): Code => [0x21, ...unsigned(index)];
export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const addI32: Code = [0x6a];
export const mulI32: Code = [0x6c];
const lessI32: Code = [0x49];
/** Four floats at an address on the stack, and so many bytes behind it. */
export const load = (offset: number): Code => simd(0x00, ...at(2, offset));
/** One float, four times over. */
export const loadSplat = (offset: number): Code => simd(0x09, ...at(2, offset));
export const store = (offset: number): Code => simd(0x0b, ...at(2, offset));
export const zero: Code = simd(0x0c, ...new Array<number>(16).fill(0));
export const splat: Code = simd(0x13);
export const sqrt: Code = simd(0xe3);
export const add: Code = simd(0xe4);
export const sub: Code = simd(0xe5);
export const mul: Code = simd(0xe6);
export const div: Code = simd(0xe7);
export const min: Code = simd(0xe8);
export const max: Code = simd(0xe9);
/** a·b + c, fused where the machine does that. Of relaxed SIMD: see {@link hasRelaxedSimd}. */
export const fusedMulAdd: Code = simd(0x105);

export const code = (...parts: readonly Code[]): Code => parts.flat();

/** Adds to an i32 local. */
export const advance = (local: number, by: number): Code =>
  code(get(local), i32(by), addI32, set(local));

/** Repeats while an i32 local, unsigned, is below another; at least once. */
export const repeatWhileLess = (local: number, limit: number, body: Code): Code =>
  code([0x03, 0x40], body, get(local), get(limit), lessI32, [0x0d, 0x00], [0x0b]);

/** A module over the memory `env.memory`. */
export function moduleOf(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const vector = (items: readonly (readonly number[])[]) => [
    ...unsigned(items.length),
    ...items.flat(),
  ];
  const section = (id: number, bytes: readonly number[]) => [
    id,
    ...unsigned(bytes.length),
    ...bytes,
  ];
  const text = (value: string) => vector([...value].map((letter) => [letter.charCodeAt(0)]));
  const types = functions.map(({ parameters }) => [
    0x60,
    ...vector(parameters.map((type) => [TYPES[type]])),
    0,
  ]);
  const bodies = functions.map(({ locals, body }) => {
    const bytes = [...vector(locals.map((type) => [1, TYPES[type]])), ...body, 0x0b];
    return [...unsigned(bytes.length), ...bytes];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector([[...text('env'), ...text('memory'), 0x02, 0x00, 0x01]])),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(
      7,
      vector(functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)])),
    ),
    ...section(10, vector(bodies)),
  ]);
}

/** Whether this engine has relaxed SIMD: Chrome from 114 on, Node from 21 on. */
export const hasRelaxedSimd = (): boolean =>
  WebAssembly.validate(
    moduleOf([
      {
        name: 'probe',
        parameters: ['i32'],
        locals: [],
        body: code(
          get(0),
          get(0),
          load(0),
          get(0),
          load(0),
          get(0),
          load(0),
          fusedMulAdd,
          store(0),
        ),
      },
    ]),
  );
