import { latin1Of } from './pickle-values';

/**
 * Far more than picklers write; these bound the memory that a malicious file can take.
 */
const MAX_STACK_VALUES = 2 ** 21;
const MAX_MEMO_VALUES = 2 ** 21;
const MAX_OPEN_MARKS = 1000;

/** A list as Python pickles it; tuples are frozen arrays. */
export function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && !Object.isFrozen(value);
}

/**
 * The stack machine that runs a pickle: bytes, stack, marks and memo, with every access checked.
 * The opcodes are in pickle-opcodes.ts. Its methods throw plain Errors; `unpickle` adds the byte
 * offset.
 */
export class PickleMachine {
  readonly #stack: unknown[] = [];
  /** Heights of the stack at the open marks. Values below the last mark can't be popped. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #view: DataView;
  #copied = 0;

  /** @param at where to begin in `bytes` */
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    const left = this.bytes.length - this.at;
    if (!(length <= left)) throw new Error(`a value of ${length} bytes, where ${left} are left`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  uint8(): number {
    return this.take(1)[0]!;
  }

  uint16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  /** A 64-bit length. Beyond 2^53 it is inexact, but still longer than any file. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  /** Big-endian, unlike the other numbers of a pickle. */
  float64(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** Up to the next line end, which is left out. */
  line(): Uint8Array {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new Error('a line without an end');
    const line = this.bytes.subarray(this.at, end);
    this.at = end + 1;
    return line;
  }

  push(value: unknown): void {
    if (this.#stack.length >= MAX_STACK_VALUES)
      throw new Error(`more than ${MAX_STACK_VALUES} values on the stack`);
    this.#stack.push(value);
  }

  pop(): unknown {
    if (this.#stack.length <= this.#base) throw new Error('an empty stack');
    return this.#stack.pop();
  }

  top(): unknown {
    if (this.#stack.length <= this.#base) throw new Error('an empty stack');
    return this.#stack[this.#stack.length - 1];
  }

  /** The last `count` values in the order they were pushed. */
  popMany(count: number): unknown[] {
    if (this.#stack.length - count < this.#base) throw new Error('too few values on the stack');
    return this.#stack.splice(this.#stack.length - count);
  }

  mark(): void {
    if (this.#marks.length >= MAX_OPEN_MARKS)
      throw new Error(`values nested more than ${MAX_OPEN_MARKS} deep`);
    this.#marks.push(this.#stack.length);
  }

  /** Everything above the last mark; removes the mark too. */
  popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new Error('no mark');
    return this.#stack.splice(mark);
  }

  /** POP: removes a value, or the mark if nothing is above it. */
  discard(): void {
    if (this.#stack.length > this.#base) this.#stack.pop();
    else this.popToMark();
  }

  remember(index = this.#memo.size): void {
    if (this.#memo.size >= MAX_MEMO_VALUES)
      throw new Error(`more than ${MAX_MEMO_VALUES} remembered values`);
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) throw new Error(`remembered value ${index}, which was never put`);
    this.push(this.#memo.get(index));
  }

  /**
   * Counts bytes or items that are copied out of values. A pickler writes each value once, so the
   * copies together are no larger than the file. A malicious file that copies one value of the memo
   * a million times is stopped here.
   */
  spend(count: number): void {
    this.#copied += count;
    if (this.#copied > this.bytes.length) throw new Error('more copies than the file could hold');
  }

  setItems(items: readonly unknown[]): void {
    const target = this.top();
    if (!(target instanceof Map)) throw new Error('items for something that is no dict');
    if (items.length % 2 !== 0) throw new Error('a key without a value');
    for (let i = 0; i < items.length; i += 2) target.set(this.#key(items[i]), items[i + 1]);
  }

  append(items: readonly unknown[]): void {
    const target = this.top();
    if (!isList(target)) throw new Error('items for something that is no list');
    for (const item of items) target.push(item);
  }

  /**
   * A Map compares byte strings by identity, so one could never be looked up: it becomes text.
   */
  #key(key: unknown): unknown {
    if (!(key instanceof Uint8Array)) return key;
    this.spend(key.length);
    return latin1Of(key);
  }

  get #base(): number {
    return this.#marks[this.#marks.length - 1] ?? 0;
  }

  #skip(length: number): number {
    this.take(length);
    return this.at - length;
  }
}
