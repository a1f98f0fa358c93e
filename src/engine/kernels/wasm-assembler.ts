import { signed, unsigned } from './leb128';

/**
 * A small assembler for WebAssembly: functions of i32 and f32 parameters over one imported memory,
 * with SIMD. Code is written as expressions of named locals; instructions have the names of the
 * WebAssembly text format. {@link assembleModule} checks every function with a stack of types and
 * refuses code that a WebAssembly engine would refuse, naming the function and the instruction.
 */
export type ValueType = 'i32' | 'f32' | 'v128';

/** One instruction: its bytes, and what it does to the stack. */
interface Instruction {
  readonly name: string;
  readonly bytes: readonly number[];
  readonly pops: readonly ValueType[];
  readonly pushes: readonly ValueType[];
  /** The local that it reads or writes. */
  readonly local?: Local;
  /** Opens or closes a loop, whose body must leave the stack as it was. */
  readonly block?: 'open' | 'close';
}

/** Code that leaves one value of type `T` on the stack. */
export interface Value<T extends ValueType = ValueType> {
  readonly type: T;
  readonly code: readonly Instruction[];
}

/** Code that leaves the stack as it was. */
export interface Statement {
  readonly code: readonly Instruction[];
}

/** A parameter or a local variable of one function; as a value, it is read. */
export interface Local<T extends ValueType = ValueType> extends Value<T> {
  readonly name: string;
  /** Position among the parameters and locals of its function. */
  readonly index: number;
}

/** A function of a module. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly Local[];
  readonly locals: readonly Local[];
  readonly body: readonly Statement[];
}

/** An i32 expression, or a constant. */
export type I32 = Value<'i32'> | number;
type V128 = Value<'v128'>;

/** Declares the parameters and locals of one function, and assembles its body. */
export class FunctionBuilder {
  readonly #parameters: Local[] = [];
  readonly #locals: Local[] = [];

  constructor(readonly name: string) {}

  /**
   * Declares the next parameter.
   * @throws RangeError for a name that is taken, or after the first local
   */
  parameter<T extends 'i32' | 'f32'>(type: T, name: string): Local<T> {
    if (this.#locals.length > 0)
      throw new RangeError(`${this.name}: parameter "${name}" is declared after a local.`);
    return this.#declare(this.#parameters, type, name);
  }

  /**
   * Declares a local variable; it starts at zero.
   * @throws RangeError for a name that is taken
   */
  local<T extends ValueType>(type: T, name: string): Local<T> {
    return this.#declare(this.#locals, type, name);
  }

  /** The function with this body. */
  build(body: readonly Statement[]): WasmFunction {
    return { name: this.name, parameters: this.#parameters, locals: this.#locals, body };
  }

  #declare<T extends ValueType>(list: Local[], type: T, name: string): Local<T> {
    const declared = [...this.#parameters, ...this.#locals];
    if (declared.some((local) => local.name === name))
      throw new RangeError(`${this.name}: the name "${name}" is declared twice.`);
    const local: Local<T> = localOf(type, name, declared.length);
    list.push(local);
    return local;
  }
}

function localOf<T extends ValueType>(type: T, name: string, index: number): Local<T> {
  const code: Instruction[] = [];
  const local: Local<T> = { type, name, index, code };
  const bytes = [0x20, ...unsigned(index)];
  code.push({ name: `local.get ${name}`, bytes, pops: [], pushes: [type], local });
  return local;
}

/** Evaluates the operands, then the instruction. */
function operation<T extends ValueType>(
  name: string,
  bytes: readonly number[],
  pops: readonly ValueType[],
  type: T,
  operands: readonly Value[],
): Value<T> {
  const instruction: Instruction = { name, bytes, pops, pushes: [type] };
  return { type, code: [...operands.flatMap(({ code }) => code), instruction] };
}

const simd = (opcode: number, ...immediates: number[]): number[] => [
  0xfd,
  ...unsigned(opcode),
  ...immediates,
];

/** Bytes of a memory access: alignment to 4 bytes, and the offset that is added to the address. */
const memoryAccess = (opcode: number, offset: number): number[] =>
  simd(opcode, 2, ...unsigned(offset));

const constant = (value: number): Value<'i32'> =>
  operation(`i32.const ${value}`, [0x41, ...signed(value)], [], 'i32', []);

const toI32 = (value: I32): Value<'i32'> => (typeof value === 'number' ? constant(value) : value);

const i32Binary = (name: string, opcode: number) => (a: I32, b: I32) =>
  operation(name, [opcode], ['i32', 'i32'], 'i32', [toI32(a), toI32(b)]);

const f32x4Binary = (name: string, opcode: number) => (a: V128, b: V128) =>
  operation(name, simd(opcode), ['v128', 'v128'], 'v128', [a, b]);

export const i32 = {
  add: i32Binary('i32.add', 0x6a),
  mul: i32Binary('i32.mul', 0x6c),
};

const lessUnsigned = i32Binary('i32.lt_u', 0x49);

export const f32 = {
  const: (value: number): Value<'f32'> =>
    operation(
      `f32.const ${value}`,
      [0x43, ...new Uint8Array(Float32Array.of(value).buffer)],
      [],
      'f32',
      [],
    ),
};

/** Four floats in one register. */
export const f32x4 = {
  zero: operation('v128.const 0', simd(0x0c, ...new Array<number>(16).fill(0)), [], 'v128', []),
  /** The four floats at an address plus an offset in bytes. */
  load: (address: Value<'i32'>, offset = 0): V128 =>
    operation('v128.load', memoryAccess(0x00, offset), ['i32'], 'v128', [address]),
  /** One float, four times over. */
  loadSplat: (address: Value<'i32'>, offset = 0): V128 =>
    operation('v128.load32_splat', memoryAccess(0x09, offset), ['i32'], 'v128', [address]),
  store: (address: Value<'i32'>, value: V128, offset = 0): Statement => ({
    code: [
      ...address.code,
      ...value.code,
      { name: 'v128.store', bytes: memoryAccess(0x0b, offset), pops: ['i32', 'v128'], pushes: [] },
    ],
  }),
  splat: (value: Value<'f32'>): V128 =>
    operation('f32x4.splat', simd(0x13), ['f32'], 'v128', [value]),
  sqrt: (value: V128): V128 => operation('f32x4.sqrt', simd(0xe3), ['v128'], 'v128', [value]),
  add: f32x4Binary('f32x4.add', 0xe4),
  sub: f32x4Binary('f32x4.sub', 0xe5),
  mul: f32x4Binary('f32x4.mul', 0xe6),
  div: f32x4Binary('f32x4.div', 0xe7),
  min: f32x4Binary('f32x4.min', 0xe8),
  max: f32x4Binary('f32x4.max', 0xe9),
  /** a·b + c, fused where the machine does that. Relaxed SIMD: see {@link hasRelaxedSimd}. */
  relaxedMadd: (a: V128, b: V128, c: V128): V128 =>
    operation('f32x4.relaxed_madd', simd(0x105), ['v128', 'v128', 'v128'], 'v128', [a, b, c]),
};

/** Assigns a value to a local. */
export function set<T extends ValueType>(
  local: Local<T>,
  value: T extends 'i32' ? I32 : Value<T>,
): Statement {
  const { code } = typeof value === 'number' ? constant(value) : value;
  const bytes = [0x21, ...unsigned(local.index)];
  return {
    code: [
      ...code,
      { name: `local.set ${local.name}`, bytes, pops: [local.type], pushes: [], local },
    ],
  };
}

/** Adds to an i32 local. */
export const advance = (local: Local<'i32'>, by: number): Statement =>
  set(local, i32.add(local, by));

/** Repeats while an i32 local, unsigned, is below another; at least once. */
export const repeatWhileLess = (
  local: Local<'i32'>,
  limit: Local<'i32'>,
  body: readonly Statement[],
): Statement => ({
  code: [
    { name: 'loop', bytes: [0x03, 0x40], pops: [], pushes: [], block: 'open' },
    ...body.flatMap(({ code }) => code),
    ...lessUnsigned(local, limit).code,
    { name: 'br_if', bytes: [0x0d, 0x00], pops: ['i32'], pushes: [] },
    { name: 'end', bytes: [0x0b], pops: [], pushes: [], block: 'close' },
  ],
});

/**
 * A module with these functions, over the memory `env.memory`.
 * @throws TypeError for code whose types or locals don't fit
 */
export function assembleModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...vector(parameters.map(({ type }) => [TYPE_CODES[type]])),
    0,
  ]);
  const exports = functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector([[...text('env'), ...text('memory'), 0x02, 0x00, 0x01]])),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(7, vector(exports)),
    ...section(10, vector(functions.map(functionBody))),
  ]);
}

/** Whether this engine has relaxed SIMD: Chrome from 114 on, Node from 21 on. */
export function hasRelaxedSimd(): boolean {
  const probe = new FunctionBuilder('probe');
  const at = probe.parameter('i32', 'at');
  const four = f32x4.load(at);
  const body = [f32x4.store(at, f32x4.relaxedMadd(four, four, four))];
  return WebAssembly.validate(assembleModule([probe.build(body)]));
}

const TYPE_CODES = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;

function functionBody(wasmFunction: WasmFunction): number[] {
  requireValid(wasmFunction);
  const locals = wasmFunction.locals.map(({ type }) => [1, TYPE_CODES[type]]);
  const code = wasmFunction.body.flatMap((statement) =>
    statement.code.flatMap(({ bytes }) => bytes),
  );
  const bytes = [...vector(locals), ...code, 0x0b];
  return [...unsigned(bytes.length), ...bytes];
}

/**
 * Runs a function's instructions on a stack of types.
 * @throws TypeError for an operand of another type, a value that is left over, or a local of
 * another function
 */
function requireValid({ name, parameters, locals, body }: WasmFunction): void {
  const owned = new Set<Local>([...parameters, ...locals]);
  const stack: ValueType[] = [];
  /** Heights of the stack at the start of the open loops; the function's own first. */
  const bases = [0];
  const fail = (what: string) => new TypeError(`WebAssembly function ${name}: ${what}`);
  for (const instruction of body.flatMap(({ code }) => code)) {
    const { local, block } = instruction;
    if (local && !owned.has(local))
      throw fail(`"${instruction.name}" uses a local of another function.`);
    for (const expected of instruction.pops.toReversed()) {
      const found = stack.length > bases.at(-1)! ? stack.pop()! : 'nothing';
      if (found !== expected)
        throw fail(`"${instruction.name}" takes ${expected}; it found ${found} on the stack.`);
    }
    stack.push(...instruction.pushes);
    if (block === 'open') bases.push(stack.length);
    if (block === 'close' && stack.length !== bases.pop())
      throw fail('the body of a loop leaves a value on the stack.');
  }
  if (stack.length > 0) throw fail(`its body leaves ${stack.join(', ')} on the stack.`);
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, bytes: readonly number[]): number[] {
  return [id, ...unsigned(bytes.length), ...bytes];
}

/** An ASCII name. */
function text(value: string): number[] {
  return vector([...value].map((letter) => [letter.charCodeAt(0)]));
}
