import { StudioError } from '../../core/studio-error';
import { folderOf, normalPath, PathIndex } from './folder/file-paths';
import type { FolderFile } from './folder/folder-file';
import { pictureFormatOfName } from '../decode/formats/picture-formats';

/** No path is longer than this: a longer line shows that the file is not a list. */
const MAX_LINE_BYTES = 8192;

/** Contents of a list such as `ms1m_list.txt`, which has a path and a label on each line. */
export interface ListedPictures {
  /** For each line the index of its file among the paths, or −1 if it is missing. */
  readonly files: Int32Array;
  readonly labels: Uint32Array;
  /** Paths of missing files, by index of the line. */
  readonly missing: ReadonlyMap<number, string>;
}

/**
 * The list in the folder closest to the top; undefined without lists.
 * @throws StudioError `bad-source` if there are two at the same depth
 */
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
 * Parses a list.
 * @param path of the list; the paths in its lines may be relative to its folder
 * @param candidates indices among `paths` of the files that the list may name
 * @throws StudioError `bad-source` naming the line that isn't a path and a label
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
  const maxLines = bytes.reduce((lines, byte) => lines + (byte === 0x0a ? 1 : 0), 1);
  const [files, labels] = [new Int32Array(maxLines), new Uint32Array(maxLines)];
  const missing = new Map<number, string>();
  let count = 0;
  for (const { text, line } of linesOf(bytes, path)) {
    const gap = text.search(/\s\S*$/);
    const named = gap < 0 ? text : text.slice(0, gap).trimEnd();
    const label = gap < 0 ? '' : text.slice(gap + 1);
    if (!/^\d{1,8}$/.test(label)) {
      const found =
        gap < 0
          ? `"${text.slice(0, 60)}" has no label after a space or a tab`
          : `the label is "${label.slice(0, 20)}"; a whole number was expected`;
      throw notAList(`${path}, line ${line}: ${found}.`);
    }
    const at = index.find(normalPath(folder + named)) ?? index.find(normalPath(named));
    if (at === undefined) missing.set(count, named);
    files[count] = at ?? -1;
    labels[count] = Number(label);
    count++;
  }
  return { files: files.subarray(0, count), labels: labels.subarray(0, count), missing };
}

/** Bytes at the start of a list that {@link hasNoLabels} examines. */
const HEAD_BYTES = 2 * MAX_LINE_BYTES;

/**
 * Whether a list names pictures without labels, as VGGFace2's train_list.txt does. Judged by its
 * first lines.
 */
export async function hasNoLabels(list: FolderFile): Promise<boolean> {
  const bytes = await list.open();
  const isWhole = bytes.size <= HEAD_BYTES;
  const head = await bytes.read(0, isWhole ? bytes.size : HEAD_BYTES);
  const lines = new TextDecoder().decode(asUtf8(head)).split('\n');
  // The last line may be cut off.
  const complete = (isWhole ? lines : lines.slice(0, -1)).map((line) => line.trim());
  const named = complete.filter((line) => line !== '');
  return named.length > 0 && named.every((line) => pictureFormatOfName(line) !== null);
}

/** Windows PowerShell writes UTF-16. */
function asUtf8(bytes: Uint8Array): Uint8Array {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return isUtf16 ? new TextEncoder().encode(new TextDecoder('utf-16le').decode(bytes)) : bytes;
}

/**
 * The next step if none of a list's pictures is found.
 * @param named the first picture's path in the list
 */
export function stepForMissing(named: string, list: string, paths: readonly string[]): string {
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

const notAList = (found: string) =>
  new StudioError(
    'bad-source',
    found,
    'Give each line a path and a label; or rename it, if it is no list of pictures: ' +
      'a .txt file with "list" in its name is taken for one.',
  );

/**
 * Lines that are not blank, numbered from 1. Decoded one by one, because a whole list may exceed
 * the maximum string length.
 */
function* linesOf(bytes: Uint8Array, name: string): Generator<{ text: string; line: number }> {
  const decoder = new TextDecoder();
  let line = 0;
  for (let at = 0; at < bytes.length;) {
    line++;
    const newline = bytes.indexOf(0x0a, at);
    const end = newline < 0 ? bytes.length : newline;
    if (end - at > MAX_LINE_BYTES)
      throw notAList(`${name}, line ${line} is ${end - at} bytes long.`);
    const text = decoder.decode(bytes.subarray(at, end)).trim();
    if (text) yield { text, line };
    at = end + 1;
  }
}
