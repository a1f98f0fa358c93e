import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import { pictureFormatOfName } from '../../../faces/decode/formats/picture-formats';
import { isHidden, naturalOrder } from '../../../faces/sources/folder/file-paths';
import { folderFiles } from '../../node/node-files';
import { errnoOf } from '../../node/output-file';

/** The pictures that paths of files and folders name. */
export interface NamedPictures {
  /** In the order given; those of a folder in natural order of their names. */
  readonly paths: readonly string[];
  /** Files of folders that were passed over: hidden ones, and those that are no pictures. */
  readonly hidden: number;
  readonly others: number;
}

/**
 * Finds the pictures below folders by their names' endings. A path that is no folder is taken for a
 * picture, whatever it is called and even if it isn't there: reading it will say so.
 * @throws StudioError `storage-denied` for a folder that can't be listed; `bad-source` if there is
 * no picture
 */
export async function namedPictures(words: readonly string[]): Promise<NamedPictures> {
  const paths: string[] = [];
  let [hidden, others] = [0, 0];
  for (const word of words) {
    if (!(await isFolder(word))) {
      paths.push(word);
      continue;
    }
    const files = (await folderFiles(word)).map(({ path }) => path);
    const shown = files.filter((path) => !isHidden(path));
    const pictures = shown.filter((path) => pictureFormatOfName(path) !== null);
    hidden += files.length - shown.length;
    others += shown.length - pictures.length;
    paths.push(...pictures.sort(naturalOrder).map((path) => join(word, path)));
  }
  if (paths.length > 0) return { paths, hidden, others };
  throw new StudioError(
    'bad-source',
    `There is no picture in ${words.join(', ')}${passedOverText({ hidden, others })}.`,
    'Name pictures, or a folder of them.',
  );
}

/** "; 2 hidden files and 3 files that are no pictures were passed over"; empty for none. */
export function passedOverText({ hidden, others }: Omit<NamedPictures, 'paths'>): string {
  const parts = [
    ...(hidden > 0 ? [counted(hidden, 'hidden file')] : []),
    ...(others > 0
      ? [counted(others, 'file that is no picture', 'files that are no pictures')]
      : []),
  ];
  if (parts.length === 0) return '';
  return `; ${parts.join(' and ')} ${hidden + others === 1 ? 'was' : 'were'} passed over`;
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    (thrown: unknown) => {
      if (errnoOf(thrown) !== undefined) return false;
      throw thrown;
    },
  );
