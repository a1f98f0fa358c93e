import { Reader, ZipReader } from '@zip.js/zip.js';
import type { ByteSource } from '../bytes/byte-source';
import { foreignZip } from './foreign-zip';
import { messageOf, StudioError } from '../../core/studio-error';
import { badFile, namingFile, StoredTensors, type StoredTensor } from '../tensors/stored-tensors';
import { elementBytes } from '../tensors/tensor-elements';
import type { TensorFile } from '../tensors/tensor-file';
import { leavesOf, unpickleTorch, type TorchStorage } from './torch-pickle';

/** Far more than PyTorch writes; bounds the memory that a malicious file can take. */
const MAX_RECORDS = 200_000;
const MAX_PICKLE_BYTES = 2 ** 28;
/**
 * A directory of {@link MAX_RECORDS} takes about half of this. zip.js itself would read as many
 * bytes as a damaged file claims.
 */
const MAX_DIRECTORY_BYTES = 2 ** 26;
/** Bytes of a record's header, without its name and extra fields. */
const LOCAL_HEADER_BYTES = 30;
/** Bytes of the two records at a zip's very end. */
const [LOCATOR_BYTES, END_RECORD_BYTES] = [20, 22];

/** Where a record lies, according to the directory. */
interface PlacedRecord {
  readonly name: string;
  /** Where its header begins, in bytes. */
  readonly offset: number;
  readonly size: number;
  /** Where the next record begins, or the file ends. */
  readonly limit: number;
}

/**
 * Lets zip.js read a {@link ByteSource}, and works around a fault of it. PyTorch writes the ZIP64
 * end records even where they aren't needed. zip.js then looks for the directory 76 bytes too late,
 * and takes the second entry for it where the first is just that long, as in a file named
 * `rank:0_softmax_weight.pt`. So the offset field of the plain end record is read as 0xffffffff,
 * which refers zip.js to the ZIP64 records.
 */
class SourceReader extends Reader<ByteSource> {
  private constructor(
    readonly source: ByteSource,
    /**
     * Where the field with the directory's offset lies in the plain end record; null without ZIP64
     * records.
     */
    readonly offsetField: number | null,
  ) {
    super(source);
    this.size = source.size;
  }

  static async of(source: ByteSource): Promise<SourceReader> {
    const end = source.size - END_RECORD_BYTES;
    if (end < LOCATOR_BYTES) return new SourceReader(source, null);
    const { buffer, byteOffset } = await source.read(
      end - LOCATOR_BYTES,
      LOCATOR_BYTES + END_RECORD_BYTES,
    );
    const view = new DataView(buffer, byteOffset);
    const isZip64 =
      view.getUint32(0, true) === 0x07064b50 && view.getUint32(LOCATOR_BYTES, true) === 0x06054b50;
    return new SourceReader(source, isZip64 ? end + 16 : null);
  }

  override async readUint8Array(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const from = Math.min(offset, this.size);
    const reach = Math.min(length, this.size - from);
    if (reach > MAX_DIRECTORY_BYTES)
      throw badFile(
        this.source.name,
        `Its zip directory would be ${reach} bytes long; at most ${MAX_DIRECTORY_BYTES} are read.`,
      );
    const bytes = (await this.source.read(from, reach)) as Uint8Array<ArrayBuffer>;
    if (
      this.offsetField === null ||
      this.offsetField + 4 <= from ||
      this.offsetField >= from + bytes.length
    )
      return bytes;
    const at = this.offsetField - from;
    return bytes.slice().fill(0xff, Math.max(0, at), Math.min(bytes.length, at + 4));
  }
}

/**
 * Opens a file of PyTorch 1.6 and later: a zip of `<stem>/data.pkl` and one stored record
 * `<stem>/data/<key>` for each storage, ZIP64 where it is large. Reads its directory and its
 * pickle; an array is read on request.
 * @throws StudioError `bad-checkpoint` for an inconsistent directory, a compressed or encrypted
 * record, a zip of another kind (named), a pickle with anything but tensors and plain values
 * (named), a storage that is missing or of another length
 */
export async function openTorchZip(source: ByteSource): Promise<TensorFile> {
  const records = await recordsOf(source);
  const pickled = [...records.keys()].filter((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickled.length !== 1)
    throw badFile(
      source.name,
      `It is a zip with ${pickled.length} records data.pkl; PyTorch writes one. Its ` +
        `records are ${[...records.keys()].slice(0, 5).join(', ')}.`,
    );
  const stem = pickled[0]!.slice(0, -'data.pkl'.length);
  const order = records.get(`${stem}byteorder`);
  if (order && new TextDecoder().decode(await bytesOf(source, order, 16)).trim() !== 'little')
    throw badFile(source.name, 'It was written on a big-endian machine.');
  const pickle = await bytesOf(source, records.get(pickled[0]!)!, MAX_PICKLE_BYTES);
  const { tensors, values } = namingFile(source.name, () =>
    leavesOf(unpickleTorch(pickle, 'Its pickle').value),
  );
  const starts = new Map<TorchStorage, Promise<number>>();
  const entries = new Map<string, StoredTensor>();
  for (const [name, { storage, offset, shape, strides }] of tensors) {
    const record = records.get(`${stem}data/${storage.key}`);
    const length = storage.numel * elementBytes[storage.dtype];
    if (!record || record.size !== length) {
      throw badFile(
        source.name,
        `Its array "${name}" lies in the record data/${storage.key.slice(0, 40)} of ${length} ` +
          `bytes; the file has ${record ? `one of ${record.size}` : 'none of that name'}.`,
      );
    }
    const storageAt = () => {
      const known = starts.get(storage);
      if (known) return known;
      const at = startOf(source, record);
      starts.set(storage, at);
      // After a failed read, the next call tries again.
      at.catch(() => starts.delete(storage));
      return at;
    };
    entries.set(name, { name, dtype: storage.dtype, shape, storageAt, offset, strides });
  }
  return new StoredTensors(source, 'torch-zip', entries, values);
}

/** The records by name. Checks that they neither overlap nor reach beyond the file. */
async function recordsOf(source: ByteSource): Promise<Map<string, PlacedRecord>> {
  const records = new Map<string, PlacedRecord>();
  /**
   * What is wrong with the first compressed or encrypted record. Reported last, because a
   * TorchScript program compresses its code, and naming it as such says more.
   */
  let packed: string | null = null;
  try {
    for await (const entry of new ZipReader(await SourceReader.of(source)).getEntriesGenerator()) {
      if (entry.directory) continue;
      if (records.size >= MAX_RECORDS)
        throw badFile(source.name, `It is a zip of more than ${MAX_RECORDS} records.`);
      if (records.has(entry.filename))
        throw badFile(source.name, `Its record ${entry.filename} is there twice.`);
      if (
        entry.encrypted ||
        entry.compressionMethod !== 0 ||
        entry.compressedSize !== entry.uncompressedSize
      ) {
        const how = entry.encrypted ? 'encrypted' : 'compressed';
        packed ??= `Its record ${entry.filename} is ${how}; PyTorch stores them as they are.`;
      }
      records.set(entry.filename, {
        name: entry.filename,
        offset: entry.offset,
        size: entry.uncompressedSize,
        limit: source.size,
      });
    }
  } catch (thrown) {
    if (thrown instanceof StudioError) throw thrown;
    throw badFile(source.name, `Its zip directory can't be read (${messageOf(thrown)}).`, {
      cause: thrown,
    });
  }
  const foreign = foreignZip([...records.keys()]);
  if (foreign) throw badFile(source.name, foreign.found, { nextStep: foreign.nextStep });
  if (packed !== null) throw badFile(source.name, packed);
  let limit = source.size;
  for (const record of [...records.values()].sort((a, b) => b.offset - a.offset)) {
    const { name, offset, size } = record;
    if (offset < 0 || offset + LOCAL_HEADER_BYTES + size > limit)
      throw badFile(
        source.name,
        `Its directory puts ${name} of ${size} bytes at ${offset}, in another record or ` +
          'outside the file.',
      );
    records.set(name, { ...record, limit });
    limit = offset;
  }
  return records;
}

async function bytesOf(
  source: ByteSource,
  record: PlacedRecord,
  maxBytes: number,
): Promise<Uint8Array> {
  if (record.size > maxBytes)
    throw badFile(
      source.name,
      `Its record ${record.name} has ${record.size} bytes; at most ${maxBytes} are read.`,
    );
  return source.read(await startOf(source, record), record.size);
}

/** Where a record's bytes begin: behind its header, whose length only the header itself says. */
async function startOf(
  source: ByteSource,
  { name, offset, size, limit }: PlacedRecord,
): Promise<number> {
  const header = await source.read(offset, LOCAL_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const at = offset + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (view.getUint32(0, true) !== 0x04034b50 || at + size > limit)
    throw badFile(
      source.name,
      `There is no record ${name} of ${size} bytes at ${offset}, where its directory has it.`,
    );
  return at;
}
