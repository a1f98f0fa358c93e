import { bytesOfEach, contentFingerprint } from '../../../formats/bytes/content-fingerprint';
import { mapConcurrently } from '../../../core/map-concurrently';
import { sha256OfLines } from '../../../formats/bytes/sha256-hex';
import type { FaceRecord } from '../../face-record';
import type { FolderFile } from './folder-file';
import { rowsOfFolder, type FolderLabelling, type FolderRows } from './folder-rows';
import { LeftOutError, type LeftOut, type LeftOutKind } from '../../survey/left-out';
import {
  pictureFormatOfName,
  readablePicture,
  unreadReason,
} from '../../decode/formats/picture-formats';
import type { RecordTable } from '../record-table';
import { messageOf } from '../../../core/studio-error';

/** Of folders of more pictures only names, sizes and times are looked at to know them again. */
const MAX_HASHED = 20_000;
/** Files looked at together; each batch's lines are held until it is done. */
const [CONCURRENT_FILES, FILES_OF_A_BATCH] = [16, 4096];

/**
 * A folder of pictures: `<person>/<picture>`, or a list of `path label` lines (`ms1m_list.txt`) and
 * the pictures that it names (see `rowsOfFolder`). Folders that hold everything else, as an
 * unpacked archive has one, are passed through. Keys are paths from the root, without extension.
 *
 * For each file it keeps four bytes and a reference to what it was given.
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
    // So many different numbers below their own count leave none out.
    this.denseLabels = rows.labels.every((label) => label < rows.identities);
    this.labelling = rows.labelling;
    this.leftOut = rows.leftOut;
    this.notes = rows.notes;
    this.bytes = sizeOf(rows.files);
  }

  /**
   * Reads the list, where the folder has one, and nothing else.
   * @param name of the folder, for messages
   * @throws as {@link rowsOfFolder}
   */
  static async open(name: string, files: readonly FolderFile[]): Promise<FolderTable> {
    return new FolderTable(name, await rowsOfFolder(name, files));
  }

  /**
   * Each row's path, label and contents; of folders of more than 20,000 pictures its size and the
   * time of its last change in place of contents.
   */
  fingerprint(signal?: AbortSignal): Promise<string> {
    return sha256OfLines(this.#fingerprintLines(signal));
  }

  async *#fingerprintLines(signal?: AbortSignal): AsyncGenerator<string> {
    const { files, labels, rootLength, missing } = this.#rows;
    yield this.form;
    const most = this.count > MAX_HASHED ? null : bytesOfEach(this.count);
    for (let from = 0; from < files.length; from += FILES_OF_A_BATCH) {
      signal?.throwIfAborted();
      const batch = files.slice(from, from + FILES_OF_A_BATCH);
      yield* await mapConcurrently(batch, CONCURRENT_FILES, async (file, at) => {
        const label = labels[from + at]!;
        if (!file) return JSON.stringify({ label, missing: missing.get(from + at) });
        const path = file.path.slice(rootLength);
        return JSON.stringify({ path, label, ...(await stateOf(file, most, signal)) });
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

/**
 * What a picture is known again by. One that can't be read is passed over by a run, and here too.
 */
async function stateOf(
  file: FolderFile,
  most: number | null,
  signal: AbortSignal | undefined,
): Promise<object> {
  try {
    const bytes = await file.open();
    if (most === null) return { size: bytes.size, modified: bytes.modified };
    return { contents: await contentFingerprint(bytes, most, signal) };
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
