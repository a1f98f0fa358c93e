/** The forms of data that the studio takes as they are. */
export type SourceForm = 'recordio' | 'webdataset' | 'parquet' | 'folder';

/** A RecordIO file, by its name or address. */
export const RECORDIO = /\.rec(\?.*)?$/i;
/** A tar shard of a folder. */
export const TAR = /\.tar(\.gz)?$/i;
/** A Parquet file, by its name or address. */
export const PARQUET = /\.parquet(\?.*)?$/i;
/** InsightFace's verification sets (lfw.bin, agedb_30.bin …), which hold pairs to score and nothing to train on. */
export const PAIR_SET = /\.bin$/i;
const PICTURE = /\.(jpe?g|png|webp)$/i;
const LIST = /(^|\/)[^/]*list[^/]*\.txt$/i;

/**
 * The form of what was picked or dropped, by the names of its files: an index or a list decides before pictures do, since
 * a folder often holds several things beside each other.
 * @returns null where it is none of them
 */
export function formOfFiles(paths: readonly string[]): SourceForm | null {
  const has = (pattern: RegExp) => paths.some((path) => pattern.test(path));
  if (has(RECORDIO)) return 'recordio';
  if (has(TAR)) return 'webdataset';
  if (has(PARQUET)) return 'parquet';
  if (has(PICTURE)) return 'folder';
  return null;
}

/** Whether a file lists pictures and labels, one pair a line. */
export const isPictureList = (path: string): boolean => LIST.test(path);

/** What a person is told who picked something else. */
export const KNOWN_FORMS = 'a folder with a train.rec and its train.idx, of WebDataset .tar shards, of .parquet files, or of folders of pictures, one a person';
