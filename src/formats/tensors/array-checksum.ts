import { crc32 } from '../bytes/crc32';
import type { NamedArray } from '../safetensors/safetensors';
import { StudioError } from '../../core/studio-error';
import { arrayParts } from './array-parts';
import type { TensorFile } from './tensor-file';

/**
 * Metadata keys of the checksums: CRC-32 as eight hexadecimal digits. A file has both or none; one
 * that was written as a stream has the second as {@link CHECKSUM_ARRAY}.
 */
const [TEXT_KEY, ARRAYS_KEY] = ['textCrc32', 'arraysCrc32'] as const;

/**
 * The last array of a file that was written as a stream: the CRC-32 of the others, four bytes, the
 * lowest first.
 */
export const CHECKSUM_ARRAY = 'crc32';

type Metadata = Readonly<Record<string, string>>;
type Described = Pick<NamedArray, 'shape'> & { readonly dtype: string };

/**
 * Adds checksums to a safetensors file's metadata: one of the arrays, one of the metadata and the
 * list of arrays. Arrays are taken in the order of their names, so the checksums stay right when a
 * program writes the same arrays in another order.
 */
export function withChecksums(
  arrays: ReadonlyMap<string, NamedArray>,
  metadata: Metadata,
): Record<string, string> {
  return withTextChecksum(arrays, { ...metadata, [ARRAYS_KEY]: arraysChecksum(arrays) });
}

/** Adds the checksum of the metadata and the list of arrays alone. */
export function withTextChecksum(
  arrays: ReadonlyMap<string, Described>,
  metadata: Metadata,
): Record<string, string> {
  return { ...metadata, [TEXT_KEY]: textChecksum(arrays, metadata) };
}

/**
 * Adds both checksums to the metadata of a file whose arrays are never held together.
 * @param crc the CRC-32 of the arrays' bytes, one after the other in the order of their names
 */
export function withArraysChecksum(
  arrays: ReadonlyMap<string, Described>,
  crc: number,
  metadata: Metadata,
): Record<string, string> {
  return withTextChecksum(arrays, { ...metadata, [ARRAYS_KEY]: hex(crc) });
}

/** The elements of {@link CHECKSUM_ARRAY}. */
export function checksumBytes(crc: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, crc >>> 0, true);
  return bytes;
}

/**
 * Compares a file's header with its checksum, without reading any array. A file without one passes.
 * @throws StudioError `bad-checkpoint`
 */
export function verifyHeader({ entries, metadata, name }: TensorFile): void {
  if (hasChecksums(metadata)) requireText(entries, metadata, name);
}

/**
 * Compares a file that has been read whole with its checksums. A file without any passes.
 * @param name of the file, for the message
 * @throws StudioError `bad-checkpoint` if the file is damaged
 */
export function verifyChecksums(
  arrays: ReadonlyMap<string, NamedArray>,
  metadata: Metadata,
  name: string,
): void {
  if (!hasChecksums(metadata)) return;
  requireText(arrays, metadata, name);
  requireArraysChecksum(arraysChecksum(arrays), metadata, name);
}

/**
 * Compares a file of any size with its checksums, reading a part of an array at a time.
 * @throws StudioError as {@link verifyChecksums}; what the file throws
 */
export async function verifyFileChecksums(file: TensorFile): Promise<void> {
  const { entries, metadata, name } = file;
  if (!hasChecksums(metadata)) return;
  requireText(entries, metadata, name);
  let crc = 0;
  for (const array of namesOf(entries)) {
    if (array === CHECKSUM_ARRAY) continue;
    for await (const part of arrayParts(file, array)) crc = crc32(bytesOf(part), crc);
  }
  const written = entries.has(CHECKSUM_ARRAY)
    ? { [ARRAYS_KEY]: hexOf(await file.read(CHECKSUM_ARRAY)) }
    : metadata;
  requireArraysChecksum(hex(crc), written, name);
}

/**
 * For files that are rebuilt where they are damaged: turns the error of a damaged file into null.
 * @throws any other error
 */
export function nullIfDamaged(thrown: unknown): null {
  if (thrown instanceof StudioError && thrown.code === 'bad-checkpoint') return null;
  throw thrown;
}

/** One of the keys is enough: the other key itself may be damaged. */
const hasChecksums = (metadata: Metadata): boolean =>
  TEXT_KEY in metadata || ARRAYS_KEY in metadata;

function requireText(
  arrays: ReadonlyMap<string, Described>,
  metadata: Metadata,
  name: string,
): void {
  const found = textChecksum(arrays, metadata);
  const written = metadata[TEXT_KEY];
  if (found !== written) throw damaged(name, 'its header has', found, written);
}

function requireArraysChecksum(found: string, metadata: Metadata, name: string): void {
  const written = metadata[ARRAYS_KEY];
  if (found !== written) throw damaged(name, 'its arrays have', found, written);
}

function arraysChecksum(arrays: ReadonlyMap<string, NamedArray>): string {
  const crcOf = (crc: number, name: string) => crc32(bytesOf(arrays.get(name)!.data), crc);
  return hex(namesOf(arrays).reduce(crcOf, 0));
}

/** Covers the metadata without this checksum, and each array's name, type and shape. */
function textChecksum(arrays: ReadonlyMap<string, Described>, metadata: Metadata): string {
  const texts = Object.keys(metadata)
    .filter((key) => key !== TEXT_KEY)
    .sort();
  const list = namesOf(arrays).map((name) => {
    const { dtype, shape } = arrays.get(name)!;
    return [name, dtype, shape];
  });
  const text = JSON.stringify([texts.map((key) => [key, metadata[key]]), list]);
  return hex(crc32(new TextEncoder().encode(text)));
}

const namesOf = (arrays: ReadonlyMap<string, unknown>): string[] => [...arrays.keys()].sort();
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
const hex = (crc: number): string => crc.toString(16).padStart(8, '0');
/** @param bytes the lowest first */
const hexOf = (bytes: Float32Array): string =>
  [...bytes]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .reverse()
    .join('');

function damaged(name: string, part: string, found: string, written = 'none'): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `${name} is damaged: ${part} checksum ${found}, ${written} was written.`,
    'Use a copy of it, or the checkpoint before it.',
  );
}
