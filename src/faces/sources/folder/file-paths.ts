import { hashString } from '../../../core/seeded-random';

/** Normalises a path from the root, resolving "." and "..". Empty if it leads out of the root. */
export function normalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '..' && parts.pop() === undefined) return '';
    if (part !== '' && part !== '.' && part !== '..') parts.push(part);
  }
  return parts.join('/').normalize();
}

/** Folders and files that operating systems create. */
const SYSTEM_FOLDERS = '(__MACOSX|@eaDir|lost\\+found|System Volume Information|\\$RECYCLE\\.BIN)/';
const SYSTEM_FILES = '((thumbs|ehthumbs)\\.db|desktop\\.ini)$';
const HIDDEN = new RegExp(`(^|/)(\\.|${SYSTEM_FOLDERS}|${SYSTEM_FILES})`, 'i');

/**
 * Whether a file is hidden or created by an operating system: its name or a folder's begins with a
 * dot, or it lies in `__MACOSX` or `lost+found`, or is a `Thumbs.db` and the like.
 */
export const isHidden = (path: string): boolean => HIDDEN.test(path);

/**
 * Finds pictures by path: a hash table of 8 bytes per picture. A Map takes ten times as much and is
 * limited to about sixteen million entries.
 */
export class PathIndex {
  readonly #slots: Int32Array;

  constructor(
    pictures: Uint32Array,
    readonly paths: readonly string[],
  ) {
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * pictures.length + 2))).fill(-1);
    for (const index of pictures) this.#slots[this.#slotOf(paths[index]!.normalize())] = index;
  }

  find(path: string): number | undefined {
    const index = this.#slots[this.#slotOf(path)]!;
    return index < 0 ? undefined : index;
  }

  /** The slot that holds the path, or the free slot where it belongs. */
  #slotOf(path: string): number {
    const last = this.#slots.length - 1;
    let slot = hashString(path) & last;
    while (this.#slots[slot]! >= 0 && this.paths[this.#slots[slot]!]!.normalize() !== path)
      slot = (slot + 1) & last;
    return slot;
  }
}

/**
 * Compares numbers in names by value and everything else by code unit: "id2" before "id10". The
 * result doesn't depend on the locale.
 */
export function naturalOrder(a: string, b: string): number {
  const isDigit = (text: string, at: number) =>
    text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (isDigit(a, i) && isDigit(b, j)) {
      while (a[i] === '0' && isDigit(a, i + 1)) i++;
      while (b[j] === '0' && isDigit(b, j + 1)) j++;
      let length = 0;
      let first = 0;
      for (; isDigit(a, i + length) && isDigit(b, j + length); length++)
        first ||= a.charCodeAt(i + length) - b.charCodeAt(j + length);
      const longer = Number(isDigit(a, i + length)) - Number(isDigit(b, j + length));
      if (longer || first) return longer || first;
      i += length;
      j += length;
    } else {
      const difference = a.charCodeAt(i) - b.charCodeAt(j);
      if (difference) return difference;
      i++;
      j++;
    }
  }
  return a.length - i - (b.length - j) || (a < b ? -1 : Number(a > b));
}

/**
 * The parent folder of a path, with a slash: "a/b/" for "a/b/c" and "a/" for "a/b/"; empty at the
 * root.
 */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/', path.length - 2) + 1);
}

/** Compares by code points, as Python does; JavaScript's own order compares UTF-16 units. */
export function codePointOrder(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  const at = left.findIndex((letter, i) => letter !== right[i]);
  if (at < 0) return left.length - right.length;
  return at < right.length ? left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)! : 1;
}
