import { rowMajor } from '../tensors/stored-tensors';
import { storedZip, type ZipRecord } from './stored-zip';
import type { TorchArray, TorchValue } from './torch-value';

/**
 * Writes a file as `torch.save` does: a pickle of protocol 2 and one uncompressed record for each
 * array. `torch.load(…, weights_only=True)` reads it, with `mmap=True` too. An array's bytes are
 * requested when the stream reaches it.
 * @param stem the name of the archive's one folder: the file's name without its extension
 */
export function writeTorchZip(root: TorchValue, stem: string): ReadableStream<Uint8Array> {
  const pickler = new TorchPickler();
  const pickle = pickler.pickled(root);
  const text = (content: string) => async () => new TextEncoder().encode(content);
  const records: ZipRecord[] = [
    { name: `${stem}/data.pkl`, bytes: async () => pickle },
    { name: `${stem}/byteorder`, bytes: text('little') },
    ...pickler.arrays.map((array, key): ZipRecord => ({
      name: `${stem}/data/${key}`,
      bytes: () => checkedBytes(array),
    })),
    { name: `${stem}/version`, bytes: text('3\n') },
  ];
  const chunks = storedZip(records);
  const source: UnderlyingDefaultSource<Uint8Array> = {
    pull: async (controller) => {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => {
      await chunks.return(undefined);
    },
  };
  // No chunk is made ahead: an array may take a gigabyte.
  return new ReadableStream(source, { highWaterMark: 0 });
}

const WIDTHS: Readonly<Record<TorchArray['dtype'], number>> = { F32: 4, I64: 8 };
const STORAGES: Readonly<Record<TorchArray['dtype'], string>> = {
  F32: 'FloatStorage',
  I64: 'LongStorage',
};
const numelOf = ({ shape }: TorchArray): number =>
  shape.reduce((product, side) => product * side, 1);

/**
 * Checks an array's length before it is written.
 * @throws RangeError if it isn't as long as its shape says
 */
async function checkedBytes(array: TorchArray): Promise<Uint8Array> {
  const bytes = await array.bytes();
  const expected = numelOf(array) * WIDTHS[array.dtype];
  if (bytes.length !== expected)
    throw new RangeError(
      `An array of shape [${array.shape.join(', ')}] gave ${bytes.length} bytes; ` +
        `${expected} were expected.`,
    );
  return bytes;
}

/** Pickles values as Python's pickler does by protocol 2, but without a memo. */
class TorchPickler {
  /** The arrays met so far; an array's index is its storage key. */
  readonly arrays: TorchArray[] = [];
  readonly #parts: Uint8Array[] = [];

  pickled(root: TorchValue): Uint8Array {
    this.#op('\x80\x02');
    this.#value(root);
    this.#op('.');
    const bytes = new Uint8Array(this.#parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #value(value: TorchValue): void {
    if (value === null) return this.#op('N');
    if (typeof value === 'boolean') return this.#op(value ? '\x88' : '\x89');
    if (typeof value === 'number')
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? this.#int(value)
        : this.#float(value);
    if (typeof value === 'string') return this.#text(value);
    if (isList(value)) {
      this.#op('](');
      for (const item of value) this.#value(item);
      return this.#op('e');
    }
    if (value instanceof Map) {
      this.#op('}');
      return this.#items(value);
    }
    if (!('kind' in value)) throw new TypeError("A map that is no Map can't be pickled.");
    switch (value.kind) {
      case 'float':
        return this.#float(value.value);
      case 'tuple':
        return this.#tuple(() => value.items.forEach((item) => this.#value(item)));
      case 'ordered-dict':
        this.#orderedDict();
        return this.#items(value.items);
      case 'array':
        return this.#array(value);
      default:
        value satisfies never;
    }
  }

  #items(items: ReadonlyMap<string | number, TorchValue>): void {
    this.#op('(');
    for (const [key, item] of items) {
      this.#value(key);
      this.#value(item);
    }
    this.#op('u');
  }

  /**
   * `torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())`, with the
   * storage as a persistent id.
   */
  #array(array: TorchArray): void {
    const key = String(this.arrays.length);
    this.arrays.push(array);
    this.#global('torch._utils', '_rebuild_tensor_v2');
    this.#tuple(() => {
      this.#tuple(() => {
        this.#text('storage');
        this.#global('torch', STORAGES[array.dtype]);
        this.#text(key);
        this.#text('cpu');
        this.#int(numelOf(array));
      });
      this.#op('Q');
      this.#int(0);
      this.#tuple(() => array.shape.forEach((side) => this.#int(side)));
      this.#tuple(() => rowMajor(array.shape).forEach((stride) => this.#int(stride)));
      this.#op('\x89');
      this.#orderedDict();
    });
    this.#op('R');
  }

  #orderedDict(): void {
    this.#global('collections', 'OrderedDict');
    this.#op(')R');
  }

  #tuple(items: () => void): void {
    this.#op('(');
    items();
    this.#op('t');
  }

  #global(module: string, name: string): void {
    this.#op(`c${module}\n${name}\n`);
  }

  #text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const prefix = new Uint8Array(5);
    prefix[0] = 0x58;
    new DataView(prefix.buffer).setUint32(1, bytes.length, true);
    this.#parts.push(prefix, bytes);
  }

  #int(value: number): void {
    const isShort = value >= -(2 ** 31) && value < 2 ** 31;
    const bytes = new Uint8Array(isShort ? 5 : 10);
    const view = new DataView(bytes.buffer);
    bytes[0] = isShort ? 0x4a : 0x8a;
    if (isShort) view.setInt32(1, value, true);
    else {
      bytes[1] = 8;
      view.setBigInt64(2, BigInt(value), true);
    }
    this.#parts.push(bytes);
  }

  #float(value: number): void {
    const bytes = new Uint8Array(9);
    bytes[0] = 0x47;
    new DataView(bytes.buffer).setFloat64(1, value, false);
    this.#parts.push(bytes);
  }

  /** Writes opcodes and ASCII texts. */
  #op(letters: string): void {
    this.#parts.push(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)));
  }
}

function isList(value: TorchValue): value is readonly TorchValue[] {
  return Array.isArray(value);
}
