import {
  maxFingerprintBytes,
  contentFingerprint,
} from '../../../formats/bytes/content-fingerprint';
import { mapConcurrently } from '../../../core/map-concurrently';
import { sha256OfLines } from '../../../formats/bytes/sha256-hex';
import type { FaceRecord } from '../../face-record';
import type { FolderFile } from './folder-file';
import { rowsOfFolder } from './folder-rows';
import type { FolderLabelling, FolderRows } from './sorted-files';
import { LeftOutError, type LeftOut, type LeftOutKind } from '../../survey/left-out';
import {
  pictureFormatOfName,
  readablePicture,
  unreadReason,
} from '../../decode/formats/picture-formats';
import type { RecordTable } from '../record-table';
import { messageOf } from '../../../core/studio-error';

/** Larger folders are fingerprinted by names, sizes and times only, not by contents. */
const MAX_HASHED_PICTURES = 20_000;
/** Files opened concurrently for the fingerprint. */
const CONCURRENT_FILES = 16;
/** Files per batch of the fingerprint; a batch's lines are held in memory. */
const BATCH_FILES = 4096;

/**
 * A folder of pictures: `<person>/<picture>`, or a list of `path label` lines (`ms1m_list.txt`)
 * with its pictures (see `rowsOfFolder`). The people's folders may lie deeper, for example in the
 * top folder of an unpacked archive. Keys are paths from the root, without extension.
 *
 * Takes four bytes of memory per file, and a reference to the {@link FolderFile}.
 */
export class FolderTable implements RecordTable {
  readonly form = 'folder';
  readonly randomAccess = true;
  readonly count: number;
  readonly identities: number;
  readonly denseLabels: boolean;
  readonly bytes: number | undefined;
  readonly labelling: FolderLabelling;
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];

  readonly #rows: FolderRows;

  private constructor(
    readonly name: string,
    rows: FolderRows,
  ) {
    this.#rows = rows;
    this.count = rows.labels.length;
    this.identities = rows.identities;
    // n distinct labels that are all below n use each of them.
    this.denseLabels = rows.labels.every((label) => label < rows.identities);
    this.labelling = rows.labelling;
    this.leftOut = rows.leftOut;
    this.notes = rows.notes;
    this.bytes = sizeOf(rows.files);
  }

  /**
   * Reads only the list, if the folder has one.
   * @param name of the folder, for messages
   * @throws as {@link rowsOfFolder}
   */
  static async open(name: string, files: readonly FolderFile[]): Promise<FolderTable> {
    return new FolderTable(name, await rowsOfFolder(name, files));
  }

  /**
   * Covers each row's path, label and contents. For more than 20,000 pictures size and modification
   * time replace the contents.
   */
  fingerprint(signal?: AbortSignal): Promise<string> {
    return sha256OfLines(this.#fingerprintLines(signal));
  }

  async *#fingerprintLines(signal?: AbortSignal): AsyncGenerator<string> {
    const { files, labels, rootLength, missing } = this.#rows;
    yield this.form;
    const maxBytes = this.count > MAX_HASHED_PICTURES ? null : maxFingerprintBytes(this.count);
    for (let from = 0; from < files.length; from += BATCH_FILES) {
      signal?.throwIfAborted();
      const batch = files.slice(from, from + BATCH_FILES);
      yield* await mapConcurrently(batch, CONCURRENT_FILES, async (file, at) => {
        const label = labels[from + at]!;
        if (!file) return JSON.stringify({ label, missing: missing.get(from + at) });
        const path = file.path.slice(rootLength);
        return JSON.stringify({ path, label, ...(await stateOf(file, maxBytes, signal)) });
      });
    }
  }

  async read(row: number, signal?: AbortSignal): Promise<FaceRecord> {
    signal?.throwIfAborted();
    const file = this.#rows.files[row];
    if (!file)
      throw leftOut(
        'listed-missing',
        this.#rows.missing.get(row) ?? `Row ${row}`,
        'is not in the folder',
      );
    const { path } = file;
    const format = pictureFormatOfName(path);
    if (format !== null && !readablePicture(format))
      throw leftOut('format-not-read', path, `can't be used: ${unreadReason(format)}`);
    const encoded = await file.read().catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw leftOut('unreadable-file', path, `can't be read (${messageOf(cause)})`, cause);
    });
    if (encoded.length === 0) throw leftOut('empty-file', path, 'is empty');
    return {
      key: path.slice(this.#rows.rootLength).replace(/\.[^./]*$/, ''),
      label: this.#rows.labels[row]!,
      encoded,
      shard: this.name,
    };
  }
}

/** Identifies a picture's contents. Unreadable files are skipped here, as in a run. */
async function stateOf(
  file: FolderFile,
  maxBytes: number | null,
  signal: AbortSignal | undefined,
): Promise<object> {
  try {
    const bytes = await file.open();
    if (maxBytes === null) return { size: bytes.size, modified: bytes.modified };
    return { contents: await contentFingerprint(bytes, maxBytes, signal) };
  } catch {
    signal?.throwIfAborted();
    return { unreadable: true };
  }
}

const leftOut = (kind: LeftOutKind, path: string, found: string, cause?: unknown) =>
  new LeftOutError(kind, `${path} ${found}.`, 'Check the folder.', { cause });

function sizeOf(files: FolderRows['files']): number | undefined {
  let bytes = 0;
  for (const file of files) {
    if (file && file.size === undefined) return undefined;
    bytes += file?.size ?? 0;
  }
  return bytes;
}
