import { LeftOutTally, type LeftOut } from './left-out';

const HIDDEN = /(^|\/)(\.|__MACOSX\/)/;
const PICTURE = /\.(avif|bmp|gif|heic|heif|jfif|jp2|jpe?g|jxl|png|tiff?|webp)$/i;
const DATA = /\.(bin|parquet|rec|tar|tar\.gz|tgz)$/i;

/** Whether a part of a path begins with a dot, or is macOS's folder of such files. */
export const isHidden = (path: string): boolean => HIDDEN.test(path);

/**
 * What lies beside a set's own files and isn't read.
 * @param paths of all files
 * @param isOwn whether a file is the set's: read, or its index, list or manifest
 */
export function filesBeside(
  paths: readonly string[],
  isOwn: (path: string) => boolean,
): readonly LeftOut[] {
  const tally = new LeftOutTally();
  for (const path of paths) {
    if (isOwn(path)) continue;
    if (isHidden(path)) tally.addFile('hidden', path);
    else if (PICTURE.test(path) || DATA.test(path)) tally.addFile('other-data', path);
    else tally.addFile('no-picture-file', path);
  }
  return tally.groups();
}
