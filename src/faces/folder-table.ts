import type { ByteSource } from '../formats/byte-source';
import { bytesOfEach, contentFingerprint } from '../formats/content-fingerprint';
import { mapConcurrently } from '../formats/map-concurrently';
import { sha256OfLines } from '../formats/sha256-hex';
import { StudioError } from '../formats/studio-error';
import type { FaceRecord } from './face-record';
import { folderOf, naturalOrder, normalPath, PathIndex } from './file-paths';
import type { RecordTable } from './record-table';
import { isPictureList } from './source-form';

/** A file of a folder, its contents still unread. */
export interface FolderFile {
  /** Below the folder: without the folder's own name, `/` between the parts. */
  readonly path: string;
  /** In bytes; absent where it would have to be asked for file by file. */
  readonly size?: number;
  /** @throws whatever keeps it from being read */
  read(): Promise<Uint8Array>;
  /** For reading at any place; it knows its size. @throws as {@link read} */
  open(): Promise<ByteSource>;
}

/** Where the labels of a folder come from: the place of a person's folder in natural order, its name, or a list. */
export type FolderLabelling = 'folder order' | 'folder numbers' | 'list';

/** Files that are no rows, by reason. */
export interface IgnoredFiles {
  /** With a dot before a part of the path. */
  readonly hidden: number;
  /** Anything but JPEG, PNG and WebP by name, the list itself not counted. */
  readonly notPictures: number;
  /** Pictures that lie in no person's folder: above or below those, or named by no line of the list. */
  readonly stray: number;
}

const PICTURE = /\.(jpe?g|png|webp)$/i;
const HIDDEN = /(^|\/)\./;
/** Of folders of more pictures only names, sizes and times are looked at to know them again. */
const MOST_HASHED = 20_000;
/** Files looked at together; each batch's lines are held until it is done. */
const [CONCURRENT_FILES, FILES_OF_A_BATCH] = [16, 4096];
/** No path is longer; a longer line shows that the file is no list. */
const LONGEST_LINE = 8192;

/** What {@link FolderTable} is made of: one entry a row, and what was found on the way. */
interface Rows {
  readonly files: readonly (FolderFile | undefined)[];
  /** Files that have a row. */
  readonly used: number;
  readonly labels: Uint32Array;
  readonly identities: number;
  readonly labelling: FolderLabelling;
  /** Length of the path of the folder that holds the people's folders, its slash included. */
  readonly rootLength: number;
  /** Paths of listed files that aren't there, by row. */
  readonly missing: ReadonlyMap<number, string>;
}

/**
 * A folder of pictures: `<person>/<picture>`, or a list of `path label` lines (`ms1m_list.txt`) and the pictures that it
 * names. Folders that hold everything else, as an unpacked archive has one, are passed through. Rows go by person and then
 * by name, in natural order, or as the list has them. Keys are paths from the root, without extension.
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

  readonly #rows: Rows;

  private constructor(
    readonly name: string,
    rows: Rows,
    readonly ignored: IgnoredFiles,
  ) {
    this.#rows = rows;
    this.count = rows.labels.length;
    this.identities = rows.identities;
    // So many different numbers below their own count leave none out.
    this.denseLabels = rows.labels.every((label) => label < rows.identities);
    this.labelling = rows.labelling;
    this.bytes = sizeOf(rows.files);
  }

  /**
   * Reads the list, where the folder has one, and nothing else.
   * @param name of the folder, for messages
   * @throws StudioError `bad-source` where there is no picture of anybody, more than one list, or a line that is none
   */
  static async open(name: string, files: readonly FolderFile[]): Promise<FolderTable> {
    const paths = files.map(({ path }) => path);
    const pictures = new Uint32Array(files.length);
    const lists: FolderFile[] = [];
    let [found, hidden] = [0, 0];
    for (const [index, path] of paths.entries()) {
      if (HIDDEN.test(path)) hidden++;
      else if (PICTURE.test(path)) pictures[found++] = index;
      else if (isPictureList(path)) lists.push(files[index]!);
    }
    const list = theList(lists, name);
    const rows = list ? await listedRows(list, files, pictures.subarray(0, found), paths) : folderRows(files, pictures.subarray(0, found), paths);
    if (rows.used === 0) throw nothingFound(name, rows, list);
    return new FolderTable(name, rows, { hidden, notPictures: files.length - hidden - found - (list ? 1 : 0), stray: found - rows.used });
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
    const most = this.count > MOST_HASHED ? null : bytesOfEach(this.count);
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
    if (!file) throw damaged(this.#rows.missing.get(row) ?? `Row ${row}`, 'is not in the folder');
    const { path } = file;
    const jpeg = await file.read().catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw damaged(path, `can't be read (${messageOf(cause)})`, cause);
    });
    if (jpeg.length === 0) throw damaged(path, 'is empty');
    return { key: path.slice(this.#rows.rootLength).replace(/\.[^./]*$/, ''), label: this.#rows.labels[row]!, jpeg, shard: this.name };
  }
}

/** What a picture is known again by. One that can't be read is passed over by a run, and here too. */
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

const messageOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown));

const damaged = (path: string, found: string, cause?: unknown) => new StudioError('bad-shard', `${path} ${found}.`, 'Check the folder.', { cause });

function sizeOf(files: Rows['files']): number | undefined {
  let bytes = 0;
  for (const file of files) {
    if (file && file.size === undefined) return undefined;
    bytes += file?.size ?? 0;
  }
  return bytes;
}

function nothingFound(name: string, { missing }: Rows, list: FolderFile | undefined): StudioError {
  if (list) {
    const first = missing.get(0);
    return new StudioError(
      'bad-source',
      `${missing.size === 1 ? 'The one picture' : `None of the ${missing.size} pictures`} that ${list.path} names is ${missing.size === 1 ? 'not ' : ''}in ${name}${first ? ` (the first is ${first})` : ''}.`,
      'Pick the folder that its paths begin in.',
    );
  }
  return new StudioError('bad-source', `${name} holds no folders with pictures.`, 'Pick the folder that holds one folder of pictures for each person.');
}

/** The list that lies highest; none where there is none. */
function theList(lists: readonly FolderFile[], name: string): FolderFile | undefined {
  const depth = ({ path }: FolderFile) => path.split('/').length;
  const highest = lists.reduce((least, file) => Math.min(least, depth(file)), Infinity);
  const [first, second] = lists.filter((file) => depth(file) === highest);
  if (second) throw new StudioError('bad-source', `${name} holds two lists of pictures, ${first!.path} and ${second.path}.`, 'Leave one of them there.');
  return first;
}

function folderRows(files: readonly FolderFile[], pictures: Uint32Array, paths: readonly string[]): Rows {
  const root = rootOf(pictures, paths);
  const people = new Map<string, number>();
  const personOf = new Int32Array(pictures.length).fill(-1);
  for (const [at, index] of pictures.entries()) {
    const path = paths[index]!;
    const slash = path.indexOf('/', root.length);
    if (!path.startsWith(root) || slash < 0 || path.includes('/', slash + 1)) continue;
    const person = path.slice(root.length, slash);
    personOf[at] = people.get(person) ?? people.size;
    if (!people.has(person)) people.set(person, people.size);
  }
  const names = [...people.keys()];
  const order = names.map((_, person) => person).sort((a, b) => naturalOrder(names[a]!, names[b]!));
  // Numbers are kept only where they tell people apart: "1" and "01" are two folders of one number.
  const numbered = names.every((name) => /^\d{1,8}$/.test(name)) && new Set(names.map(Number)).size === names.length;

  const rowsOf: number[][] = names.map(() => []);
  for (const [at, person] of personOf.entries()) if (person >= 0) rowsOf[person]!.push(pictures[at]!);
  const count = rowsOf.reduce((sum, { length }) => sum + length, 0);
  const labels = new Uint32Array(count);
  const rows = new Array<FolderFile>(count);
  let row = 0;
  for (const [place, person] of order.entries()) {
    for (const index of rowsOf[person]!.sort((a, b) => naturalOrder(paths[a]!, paths[b]!))) {
      labels[row] = numbered ? Number(names[person]) : place;
      rows[row++] = files[index]!;
    }
  }
  return { files: rows, used: count, labels, identities: names.length, labelling: numbered ? 'folder numbers' : 'folder order', rootLength: root.length, missing: new Map() };
}

/** The folder that holds the people's folders, with its slash: the deepest that all pictures in folders lie two levels below. */
function rootOf(pictures: Uint32Array, paths: readonly string[]): string {
  let common: string | null = null;
  for (const index of pictures) {
    const path = paths[index]!;
    if (!path.includes('/')) continue;
    const above = folderOf(folderOf(path));
    common ??= above;
    while (!above.startsWith(common)) common = folderOf(common);
  }
  return common ?? '';
}

async function listedRows(list: FolderFile, files: readonly FolderFile[], pictures: Uint32Array, paths: readonly string[]): Promise<Rows> {
  const index = new PathIndex(pictures, paths);
  const folder = folderOf(list.path);
  const bytes = await list.read().catch((cause: unknown) => {
    throw new StudioError('bad-source', `${list.path} can't be read (${messageOf(cause)}).`, 'Check the folder.', { cause });
  });
  const rows: (FolderFile | undefined)[] = [];
  const labels = new Uint32Array(bytes.reduce((lines, byte) => lines + (byte === 0x0a ? 1 : 0), 1));
  const missing = new Map<number, string>();
  const named = new Uint8Array(files.length);
  for (const { text, line } of linesOf(bytes, list.path)) {
    const gap = text.search(/\s\S*$/);
    const [path, label] = gap < 0 ? [text, ''] : [text.slice(0, gap).trimEnd(), text.slice(gap + 1)];
    if (!/^\d{1,8}$/.test(label)) {
      throw new StudioError('bad-source', `${list.path}, line ${line}: the label is "${label.slice(0, 20)}"; a whole number was expected.`, 'Give each line a path and a label.');
    }
    labels[rows.length] = Number(label);
    const found = index.find(normalPath(folder + path)) ?? index.find(normalPath(path));
    if (found === undefined) missing.set(rows.length, path);
    else named[found] = 1;
    rows.push(found === undefined ? undefined : files[found]);
  }
  const used = named.reduce((sum, one) => sum + one, 0);
  const filled = labels.slice(0, rows.length);
  return { files: rows, used, labels: filled, identities: new Set(filled).size, labelling: 'list', rootLength: 0, missing };
}

/** Lines that are not blank, numbered from 1; decoded one by one, for no string holds a list of any size. */
function* linesOf(bytes: Uint8Array, name: string): Generator<{ text: string; line: number }> {
  const decoder = new TextDecoder();
  for (let [at, line] = [0, 1]; at < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline < 0 ? bytes.length : newline;
    if (end - at > LONGEST_LINE) throw new StudioError('bad-source', `${name}, line ${line} is ${end - at} bytes long.`, 'Give each line a path and a label.');
    const text = decoder.decode(bytes.subarray(at, end)).trim();
    if (text) yield { text, line };
    at = end + 1;
  }
}
