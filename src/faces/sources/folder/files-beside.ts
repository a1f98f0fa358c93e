import { LeftOutTally, type LeftOut } from '../../survey/left-out';
import { roleOf } from '../source-form';

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
    const role = roleOf(path);
    if (role === 'hidden') tally.addFile('hidden', path);
    else if (role === 'other' || role === 'list') tally.addFile('no-picture-file', path);
    else tally.addFile('other-data', path);
  }
  return tally.groups();
}
