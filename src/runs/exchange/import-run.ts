import { Reader, ZipReader, type Entry, type FileEntry } from '@zip.js/zip.js';
import { counted } from '../../core/number-words';
import { messageOf, StudioError } from '../../core/studio-error';
import type { ByteSource } from '../../formats/bytes/byte-source';
import type { FileStore } from '../../formats/bytes/file-store';
import { joinedBytes } from '../../formats/bytes/joined-bytes';
import { runOf } from '../../training/checkpoint/checkpoint';
import { CHECKPOINT_FILE } from '../../training/checkpoint/checkpoint-writer';
import { CURVES_FILE, decodeCurves, encodeCurves, stepsOf } from '../curves/curve-file';
import {
  decodeValidations,
  encodeValidation,
  validationHeader,
  VALIDATIONS_FILE,
} from '../curves/validation-file';
import { MANIFEST_FILE, parseManifest } from '../manifest/manifest-file';
import type { RunManifest } from '../run-manifest';
import { exchangedFiles, RUN_FILE_END, type ExchangedFile } from './run-files';
import { readThrough } from './sound-files';

/** A zip's directory of so few files takes a few hundred bytes. */
const MAX_DIRECTORY_BYTES = 2 ** 20;
/** Files that are read whole, at most. */
const MAX_READ_BYTES = 2 ** 30;

/** An exported run that is not unpacked yet. */
export interface PackedRun {
  readonly manifest: RunManifest;
  /** The names of its files, without the manifest. */
  readonly files: readonly string[];
  /**
   * Unpacks its files into an empty folder, all but the manifest, and reads every one of them. If
   * this throws, the folder is to be removed.
   * @returns sentences about steps and validations that it has lost: the others are kept
   * @throws StudioError `bad-checkpoint` for a file that is damaged or cut short; from the store
   */
  readonly unpack: (folder: FileStore) => Promise<readonly string[]>;
}

/**
 * Reads the list and the manifest of an exported run.
 * @throws StudioError `bad-checkpoint` for anything but a zip of a run's files
 */
export async function openPackedRun(source: ByteSource): Promise<PackedRun> {
  const entries = await entriesOf(source);
  const described = entries.get(MANIFEST_FILE);
  if (!described) throw notARun(source, `It holds no ${MANIFEST_FILE}`);
  if (described.uncompressedSize > MAX_DIRECTORY_BYTES)
    throw notARun(source, `Its ${MANIFEST_FILE} has ${described.uncompressedSize} bytes`);
  const manifest = await checked(source, MANIFEST_FILE, async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of chunksOf(source, described)) chunks.push(chunk);
    return parseManifest(joinedBytes(chunks));
  });
  entries.delete(MANIFEST_FILE);
  return {
    manifest,
    files: [...entries.keys()],
    unpack: (folder) => unpack(source, entries, manifest, folder),
  };
}

async function unpack(
  source: ByteSource,
  entries: ReadonlyMap<ExchangedFile, FileEntry>,
  manifest: RunManifest,
  folder: FileStore,
): Promise<readonly string[]> {
  const room = await folder.freeBytes();
  const size = [...entries.values()].reduce((sum, entry) => sum + entry.uncompressedSize, 0);
  if (room !== null && size > room)
    throw new StudioError(
      'storage-full',
      `${source.name} unpacks to ${size} bytes; there is room for ${room}.`,
      'Remove runs that you no longer need, then import it again.',
    );
  const problems: string[] = [];
  for (const [name, entry] of entries) {
    await folder.write(name, chunksOf(source, entry));
    const problem = await checked(source, name, () => check(folder, name, manifest));
    if (problem !== null) problems.push(problem);
  }
  if (manifest.checkpointStep !== null && !entries.has(CHECKPOINT_FILE))
    throw notARun(source, `It holds no ${CHECKPOINT_FILE}, of which its ${MANIFEST_FILE} speaks`);
  return problems;
}

/**
 * The files in the zip, by name. @throws StudioError `bad-checkpoint` for any that isn't a run's
 */
async function entriesOf(source: ByteSource): Promise<Map<ExchangedFile, FileEntry>> {
  const found = new Map<ExchangedFile, FileEntry>();
  try {
    for await (const entry of new ZipReader(new SourceReader(source)).getEntriesGenerator()) {
      const name = exchangedFiles.find((each) => each === entry.filename);
      if (!name || !isFile(entry) || entry.encrypted)
        throw notARun(
          source,
          `It holds "${entry.filename.slice(0, 80)}", which is no file of a run`,
        );
      if (found.has(name)) throw notARun(source, `It holds ${name} twice`);
      found.set(name, entry);
    }
  } catch (thrown) {
    if (thrown instanceof StudioError) throw thrown;
    throw notARun(source, `Its zip directory can't be read (${messageOf(thrown)})`);
  }
  return found;
}

const isFile = (entry: Entry): entry is FileEntry => !entry.directory;

/** The bytes of a file in the zip. @throws if it isn't as long as the directory says, or its CRC */
async function* chunksOf(source: ByteSource, entry: FileEntry): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const options = { checkSignature: true, useWebWorkers: false };
  let failure: unknown = null;
  const unpacked = entry.getData(writable, options).catch((thrown: unknown) => {
    failure = thrown;
    return writable.abort(thrown).catch(() => undefined);
  });
  const reader = readable.getReader();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > entry.uncompressedSize) break;
      yield value;
    }
  } catch (thrown) {
    throw damaged(source, entry.filename, failure ?? thrown);
  } finally {
    await reader.cancel().catch(() => undefined);
    await unpacked;
  }
  if (failure) throw damaged(source, entry.filename, failure);
  if (length !== entry.uncompressedSize)
    throw damaged(
      source,
      entry.filename,
      new Error(`${length} bytes came of ${entry.uncompressedSize}`),
    );
}

/**
 * Reads a file of the run. Rows that are not whole are dropped.
 * @returns a sentence about rows that are lost; null if none are
 * @throws Error that says what is wrong with it
 */
async function check(
  folder: FileStore,
  name: ExchangedFile,
  { step, checkpointStep }: RunManifest,
): Promise<string | null> {
  if (name === CURVES_FILE) return checkCurves(folder, step);
  if (name === VALIDATIONS_FILE) return checkValidations(folder);
  const file = await readThrough(name, (await folder.open(name))!);
  if (name !== CHECKPOINT_FILE) return null;
  const header = runOf(file);
  if (!header) throw new Error('it is no checkpoint');
  if (header.cursor.step !== checkpointStep)
    throw new Error(
      `it is of step ${header.cursor.step}; ${checkpointStep ?? 'none'} was expected`,
    );
  return null;
}

/** @param lastStep that the run has taken */
async function checkCurves(folder: FileStore, lastStep: number): Promise<string | null> {
  const bytes = await whole(folder, CURVES_FILE);
  const { columns, damagedRows, wholeBytes } = decodeCurves(bytes);
  const isSound = damagedRows === 0 && wholeBytes === bytes.length;
  if (!isSound) await folder.write(CURVES_FILE, encodeCurves(stepsOf(columns)));
  const [first = 1, last = 0] = [columns.step[0], columns.step.at(-1)];
  // A run of before there were curves has none, or only those of what it went on with.
  if (isSound && last === 0) return null;
  const lost = Math.max(lastStep, last) + 1 - first - columns.step.length;
  return lost > 0 ? `Its curves lack ${counted(lost, 'step')}, which can't be read.` : null;
}

async function checkValidations(folder: FileStore): Promise<string | null> {
  const bytes = await whole(folder, VALIDATIONS_FILE);
  const { results, isDamaged, wholeBytes } = decodeValidations(bytes);
  if (!isDamaged && wholeBytes === bytes.length) return null;
  const sound = joinedBytes([validationHeader, ...results.map(encodeValidation)]);
  await folder.write(VALIDATIONS_FILE, sound);
  return `Of its validations, only ${results.length} could be read.`;
}

async function whole(folder: FileStore, name: string): Promise<Uint8Array> {
  const size = (await folder.open(name))!.size;
  if (size > MAX_READ_BYTES) throw new Error(`it has ${size} bytes, more than any run's`);
  return (await folder.read(name))!;
}

async function checked<T>(source: ByteSource, name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.code.startsWith('storage')) throw thrown;
    throw damaged(source, name, thrown);
  }
}

/** Lets zip.js read a byte source. It would read as long a directory as a damaged file claims. */
class SourceReader extends Reader<ByteSource> {
  constructor(readonly source: ByteSource) {
    super(source);
    this.size = source.size;
  }

  override async readUint8Array(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const reach = Math.max(0, Math.min(length, this.size - offset));
    if (reach > MAX_DIRECTORY_BYTES)
      throw new Error(`${reach} bytes at once; at most ${MAX_DIRECTORY_BYTES} are read`);
    return (await this.source.read(offset, reach)) as Uint8Array<ArrayBuffer>;
  }
}

function damaged(source: ByteSource, name: string, thrown: unknown): StudioError {
  if (thrown instanceof StudioError && /^storage|^later/.test(thrown.code)) return thrown;
  const reason = messageOf(thrown).replace(/\.$/, '');
  return new StudioError(
    'bad-checkpoint',
    `${source.name} can't be imported: its ${name} is damaged (${reason}).`,
    'Nothing of it was kept. Get the file again, or export it again.',
    { cause: thrown },
  );
}

function notARun(source: ByteSource, found: string): StudioError {
  return new StudioError(
    'bad-checkpoint',
    `${source.name} is no exported run. ${found}.`,
    `Choose a ${RUN_FILE_END} file of Runs or "scf runs export"; a copy may be cut off.`,
  );
}
