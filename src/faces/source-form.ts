/** The forms of data that the studio takes as they are. */
export type SourceForm = 'webdataset' | 'recordio' | 'parquet' | 'folder';

const PICTURE = /\.(jpe?g|png|webp)$/i;
const LIST = /(^|\/)[^/]*list[^/]*\.txt$/i;

/**
 * The form of what was picked or dropped, by the names of its files: an index or a list decides before pictures do, since
 * a folder often holds several things beside each other.
 * @returns null where it is none of them
 */
export function formOfFiles(paths: readonly string[]): SourceForm | null {
  const has = (pattern: RegExp) => paths.some((path) => pattern.test(path));
  if (has(/\.rec$/i)) return 'recordio';
  if (has(/\.tar(\.gz)?$/i)) return 'webdataset';
  if (has(/\.parquet$/i)) return 'parquet';
  if (has(PICTURE)) return 'folder';
  return null;
}

/** The form of a typed address or pattern. `manifest` lists tar shards. */
export function formOfAddress(address: string): SourceForm | 'manifest' {
  const path = address.replace(/[?#].*$/, '');
  if (/\.rec$/i.test(path)) return 'recordio';
  if (/\.parquet$/i.test(path)) return 'parquet';
  if (/\.json$/i.test(path)) return 'manifest';
  return 'webdataset';
}

/** Whether a file lists pictures and labels, one pair a line. */
export const isPictureList = (path: string): boolean => LIST.test(path);

/** What a person is told who picked something else. */
export const KNOWN_FORMS = 'a train.rec with its train.idx, WebDataset .tar shards, .parquet files, or folders of pictures, one a person';
