import { Reader, ZipReader, type Entry } from '@zip.js/zip.js';
import type { ByteSource } from './byte-source';
import { StudioError } from './studio-error';
import { badFile, described, StoredTensors, type StoredTensor } from './stored-tensors';
import { elementBytes } from './tensor-elements';
import type { TensorFile } from './tensor-file';
import { leavesOf, unpickleTorch, type TorchStorage } from './torch-pickle';

/** Far beyond what PyTorch writes, so that a file can't fill the memory. */
const MOST_RECORDS = 200_000;
const LONGEST_PICKLE = 2 ** 28;
const LOCAL_HEADER = 30;

/** Lets zip.js read a {@link ByteSource}. */
class SourceReader extends Reader<ByteSource> {
  constructor(readonly source: ByteSource) {
    super(source);
    this.size = source.size;
  }

  override readUint8Array(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const from = Math.min(offset, this.size);
    return this.source.read(from, Math.min(length, this.size - from)) as Promise<Uint8Array<ArrayBuffer>>;
  }
}

/**
 * Opens a file of PyTorch 1.6 and later: a zip of `<stem>/data.pkl` and one stored record `<stem>/data/<key>` a storage, ZIP64
 * where it is large. Reads its directory and its pickle; an array is read when it is asked for.
 * @throws StudioError `bad-checkpoint` for a directory that lies, a record that is compressed or encrypted, a pickle that asks
 * for anything but tensors and plain values (named), a storage that isn't there or is of another length
 */
export async function openTorchZip(source: ByteSource): Promise<TensorFile> {
  const records = await recordsOf(source);
  const pickled = [...records.keys()].filter((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickled.length !== 1) throw badFile(source.name, `It is a zip with ${pickled.length} records data.pkl; PyTorch writes one. Its records are ${[...records.keys()].slice(0, 5).join(', ')}.`);
  const stem = pickled[0]!.slice(0, -'data.pkl'.length);
  const order = records.get(`${stem}byteorder`);
  if (order && new TextDecoder().decode(await bytesOf(source, order, 16)).trim() !== 'little') throw badFile(source.name, 'It was written on a big-endian machine.');
  const pickle = await bytesOf(source, records.get(pickled[0]!)!, LONGEST_PICKLE);
  const { tensors, values } = described(source.name, () => leavesOf(unpickleTorch(pickle, 'Its pickle').value));
  const starts = new Map<TorchStorage, Promise<number>>();
  const entries = new Map<string, StoredTensor>();
  for (const [name, { storage, offset, shape, strides }] of tensors) {
    const record = records.get(`${stem}data/${storage.key}`);
    const length = storage.numel * elementBytes[storage.dtype];
    if (!record || record.uncompressedSize !== length) {
      throw badFile(source.name, `Its array "${name}" lies in the record data/${storage.key.slice(0, 40)} of ${length} bytes; the file has ${record ? `one of ${record.uncompressedSize}` : 'none of that name'}.`);
    }
    const storageAt = () => {
      let at = starts.get(storage);
      if (!at) starts.set(storage, (at = startOf(source, record)));
      return at;
    };
    entries.set(name, { name, dtype: storage.dtype, shape, storageAt, offset, strides });
  }
  return new StoredTensors(source, 'torch-zip', entries, values);
}

/** The records by name, checked against each other and the file's size. */
async function recordsOf(source: ByteSource): Promise<Map<string, Entry>> {
  const records = new Map<string, Entry>();
  try {
    for await (const entry of new ZipReader(new SourceReader(source)).getEntriesGenerator()) {
      if (entry.directory) continue;
      if (records.size >= MOST_RECORDS) throw badFile(source.name, `It is a zip of more than ${MOST_RECORDS} records.`);
      if (records.has(entry.filename)) throw badFile(source.name, `Its record ${entry.filename} is there twice.`);
      if (entry.encrypted || entry.compressionMethod !== 0 || entry.compressedSize !== entry.uncompressedSize) {
        throw badFile(source.name, `Its record ${entry.filename} is ${entry.encrypted ? 'encrypted' : 'compressed'}; PyTorch stores them as they are.`);
      }
      records.set(entry.filename, entry);
    }
  } catch (thrown) {
    if (thrown instanceof StudioError) throw thrown;
    throw badFile(source.name, `Its zip directory can't be read (${thrown instanceof Error ? thrown.message : String(thrown)}).`, { cause: thrown });
  }
  let end = 0;
  for (const { filename, offset, uncompressedSize } of [...records.values()].sort((a, b) => a.offset - b.offset)) {
    if (offset < end || offset + LOCAL_HEADER + uncompressedSize > source.size) throw badFile(source.name, `Its directory puts ${filename} of ${uncompressedSize} bytes at ${offset}, in another record or outside the file.`);
    end = offset + LOCAL_HEADER + uncompressedSize;
  }
  return records;
}

async function bytesOf(source: ByteSource, record: Entry, most: number): Promise<Uint8Array> {
  if (record.uncompressedSize > most) throw badFile(source.name, `Its record ${record.filename} has ${record.uncompressedSize} bytes; at most ${most} are read.`);
  return source.read(await startOf(source, record), record.uncompressedSize);
}

/** Where a record's bytes begin: behind its own header, whose length the directory doesn't tell. */
async function startOf(source: ByteSource, { filename, offset, uncompressedSize }: Entry): Promise<number> {
  const header = await source.read(offset, LOCAL_HEADER);
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const at = offset + LOCAL_HEADER + view.getUint16(26, true) + view.getUint16(28, true);
  if (view.getUint32(0, true) !== 0x04034b50 || at + uncompressedSize > source.size) throw badFile(source.name, `There is no record ${filename} at ${offset}, where its directory has it.`);
  return at;
}
