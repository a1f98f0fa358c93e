import { StudioError } from '../../core/studio-error';
import { folderOf, normalPath, PathIndex } from './folder/file-paths';
import type { FolderFile } from './folder/folder-file';
import { pictureFormatOfName } from '../decode/formats/picture-formats';

/** No path is longer; a longer line shows that the file is no list. */
const MAX_LINE_LENGTH = 8192;

/** What a list (`ms1m_list.txt`: a path and a label a line) says, line by line. */
export interface ListedPictures {
  /** Place of each line's file among the paths; −1 where it isn't there. */
  readonly files: Int32Array;
  readonly labels: Uint32Array;
  /** Paths of listed files that aren't there, by line. */
  readonly missing: ReadonlyMap<number, string>;
}

/** The list that lies highest; undefined where there is none. @throws StudioError for two */
export function highestList<T extends { readonly path: string }>(
  lists: readonly T[],
  name: string,
): T | undefined {
  const depth = ({ path }: T) => path.split('/').length;
  const highest = lists.reduce((least, file) => Math.min(least, depth(file)), Infinity);
  const [first, second] = lists.filter((file) => depth(file) === highest);
  if (second) {
    const found = `${name} holds two lists of pictures, ${first!.path} and ${second.path}.`;
    const step =
      'Leave the one whose lines are a path and a person’s number; move the others away.';
    throw new StudioError('bad-source', found, step);
  }
  return first;
}

/**
 * Reads a list.
 * @param path the list's own, which its lines may start from
 * @param candidates places of the files that it may name, among the paths
 * @throws StudioError `bad-source` naming the line that isn't one of a list
 */
export function readList(
  path: string,
  stored: Uint8Array,
  candidates: Uint32Array,
  paths: readonly string[],
): ListedPictures {
  const bytes = asUtf8(stored);
  const index = new PathIndex(candidates, paths);
  const folder = folderOf(path);
  const most = bytes.reduce((lines, byte) => lines + (byte === 0x0a ? 1 : 0), 1);
  const [files, labels] = [new Int32Array(most), new Uint32Array(most)];
  const missing = new Map<number, string>();
  let count = 0;
  for (const { text, line } of linesOf(bytes, path)) {
    const gap = text.search(/\s\S*$/);
    const named = gap < 0 ? text : text.slice(0, gap).trimEnd();
    const label = gap < 0 ? '' : text.slice(gap + 1);
    if (!/^\d{1,8}$/.test(label)) {
      const found =
        gap < 0
          ? `"${text.slice(0, 60)}" has no label behind a space or a tab`
          : `the label is "${label.slice(0, 20)}"; a whole number was expected`;
      throw noList(`${path}, line ${line}: ${found}.`);
    }
    const at = index.find(normalPath(folder + named)) ?? index.find(normalPath(named));
    if (at === undefined) missing.set(count, named);
    files[count] = at ?? -1;
    labels[count++] = Number(label);
  }
  return { files: files.subarray(0, count), labels: labels.subarray(0, count), missing };
}

/** Bytes of a list's beginning by which it is judged. */
const HEAD = 2 * MAX_LINE_LENGTH;

/**
 * Whether a file that is called a list names pictures without a label anywhere, as VGGFace2's
 * train_list.txt does: by the lines at its beginning.
 */
export async function hasNoLabels(list: FolderFile): Promise<boolean> {
  const bytes = await list.open();
  const isWhole = bytes.size <= HEAD;
  const head = await bytes.read(0, isWhole ? bytes.size : HEAD);
  const lines = new TextDecoder().decode(asUtf8(head)).split('\n');
  // The last one may be cut.
  const whole = (isWhole ? lines : lines.slice(0, -1)).map((line) => line.trim());
  const named = whole.filter((line) => line !== '');
  return named.length > 0 && named.every((line) => pictureFormatOfName(line) !== null);
}

/** What Windows' PowerShell writes is UTF-16. */
function asUtf8(bytes: Uint8Array): Uint8Array {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return isUtf16 ? new TextEncoder().encode(new TextDecoder('utf-16le').decode(bytes)) : bytes;
}

/**
 * What helps where none of a list's pictures is found.
 * @param named the first of them, as the list has it
 */
export function whereListed(named: string, list: string, paths: readonly string[]): string {
  const wanted = normalPath(named).toLowerCase();
  const end = `/${wanted.slice(wanted.lastIndexOf('/') + 1)}`;
  const near = paths.find((path) => `/${path.normalize().toLowerCase()}`.endsWith(end));
  if (near === undefined) return 'Pick the folder that its paths begin in.';
  const folder = near.slice(0, -wanted.length);
  const isBelow = `${folder}${wanted}` === folder + near.slice(folder.length).toLowerCase();
  if (isBelow && folder !== folderOf(list) && folder.endsWith('/')) {
    return `Move the list into ${folder}, where its paths begin.`;
  }
  return `Let it name them as they are called from the chosen folder on, such as ${near}.`;
}

const noList = (found: string) =>
  new StudioError(
    'bad-source',
    found,
    'Give each line a path and a label; or rename it, if it is no list of pictures: ' +
      'a .txt file with "list" in its name is taken for one.',
  );

/** Lines that are not blank, from 1 on; decoded one by one, for no string holds any list. */
function* linesOf(bytes: Uint8Array, name: string): Generator<{ text: string; line: number }> {
  const decoder = new TextDecoder();
  for (let [at, line] = [0, 1]; at < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline < 0 ? bytes.length : newline;
    if (end - at > MAX_LINE_LENGTH)
      throw noList(`${name}, line ${line} is ${end - at} bytes long.`);
    const text = decoder.decode(bytes.subarray(at, end)).trim();
    if (text) yield { text, line };
    at = end + 1;
  }
}
