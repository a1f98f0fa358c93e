import type { ByteSource } from '../bytes/byte-source';
import { kindOf } from '../pickle/pickle-objects';
import { badFile, namingFile, StoredTensors, type StoredTensor } from '../tensors/stored-tensors';
import { elementBytes } from '../tensors/tensor-elements';
import type { TensorFile } from '../tensors/tensor-file';
import { leavesOf, unpickleTorch, type TorchPickle } from './torch-pickle';

/** The value of the first pickle. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
/**
 * A legacy file's first bytes: protocol 2, LONG1 of ten bytes, the magic number in little-endian.
 */
export const LEGACY_START = Uint8Array.of(
  0x80,
  2,
  0x8a,
  10,
  0x6c,
  0xfc,
  0x9c,
  0x46,
  0xf9,
  0x20,
  0x6a,
  0xa8,
  0x50,
  0x19,
);
const PROTOCOL = 1001;
const FIRST_READ_BYTES = 2 ** 20;
/** Of all five pickles together; a read of more is never tried. */
const MAX_PICKLES_BYTES = 2 ** 28;

/**
 * Opens a file of PyTorch before 1.6: pickles of a magic number, the protocol, the machine, the
 * object and the storages' keys, then each storage's length and elements. Reads the pickles and the
 * lengths; an array is read on request.
 * @throws StudioError `bad-checkpoint` for anything else
 */
export async function openTorchLegacy(source: ByteSource): Promise<TensorFile> {
  const { object, keys, end } = await pickles(source);
  const { tensors, values } = namingFile(source.name, () => leavesOf(object.value));
  const starts = await storageStarts(source, object, keys, end);
  const entries = new Map<string, StoredTensor>();
  for (const [name, { storage, offset, shape, strides }] of tensors) {
    entries.set(name, {
      name,
      dtype: storage.dtype,
      shape,
      storageAt: async () => starts.get(storage.key)!,
      offset,
      strides,
    });
  }
  return new StoredTensors(source, 'torch-legacy', entries, values);
}

interface Pickles {
  readonly object: TorchPickle;
  readonly keys: readonly string[];
  readonly end: number;
}

/**
 * Reads the five pickles: tries with the first bytes of the file, each time with four times more.
 */
async function pickles(source: ByteSource): Promise<Pickles> {
  let length = Math.min(source.size, FIRST_READ_BYTES);
  for (;;) {
    const bytes = await source.read(0, length);
    try {
      return namingFile(source.name, () => picklesOf(bytes, source.name));
    } catch (thrown) {
      // A pickle that breaks off may go on behind the bytes that were read.
      if (length === source.size || length >= MAX_PICKLES_BYTES) throw thrown;
    }
    length = Math.min(source.size, 4 * length);
  }
}

function picklesOf(bytes: Uint8Array, name: string): Pickles {
  let end = 0;
  const next = (): TorchPickle => {
    const pickle = unpickleTorch(bytes, 'Its pickle', end);
    end = pickle.end;
    return pickle;
  };
  const magic = next().value;
  if (magic !== MAGIC)
    throw badFile(name, `It begins with ${kindOf(magic)}, not with PyTorch's magic number.`);
  const protocol = next().value;
  if (protocol !== PROTOCOL)
    throw badFile(name, `It is of protocol ${kindOf(protocol)}; ${PROTOCOL} was expected.`);
  const machine = next().value;
  if (machine instanceof Map && machine.get('little_endian') === false)
    throw badFile(name, 'It was written on a big-endian machine.');
  const object = next();
  const keys = next().value;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string'))
    throw badFile(name, `Its storages are named by ${kindOf(keys)}.`);
  return { object, keys, end };
}

/** Where each storage's elements begin. Follows the storages from one length field to the next. */
async function storageStarts(
  source: ByteSource,
  { storages }: TorchPickle,
  keys: readonly string[],
  end: number,
): Promise<Map<string, number>> {
  const starts = new Map<string, number>();
  let at = end;
  for (const key of keys) {
    const storage = storages.get(key);
    if (!storage)
      throw badFile(source.name, `Its storage "${key.slice(0, 40)}" belongs to no array.`);
    if (at + 8 > source.size)
      throw badFile(
        source.name,
        `It ends at byte ${source.size}, before its storage "${key.slice(0, 40)}".`,
      );
    const header = await source.read(at, 8);
    const numel = Number(new DataView(header.buffer, header.byteOffset, 8).getBigInt64(0, true));
    const next = at + 8 + numel * elementBytes[storage.dtype];
    if (numel !== storage.numel || next > source.size)
      throw badFile(
        source.name,
        `Its storage "${key.slice(0, 40)}" has ${numel} elements at byte ${at} of ` +
          `${source.size}; ${storage.numel} were expected.`,
      );
    starts.set(key, at + 8);
    at = next;
  }
  const missing = [...storages.keys()].find((key) => !starts.has(key));
  if (missing !== undefined)
    throw badFile(source.name, `Its storage "${missing.slice(0, 40)}" isn't there.`);
  return starts;
}
