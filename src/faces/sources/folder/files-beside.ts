import { LeftOutTally, type LeftOut } from '../../survey/left-out';
import { roleOf } from '../source-form';

/**
 * Files next to a set that aren't part of it, by kind.
 * @param paths of all files
 * @param isOwn whether a file belongs to the set: data, index, list or manifest
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
