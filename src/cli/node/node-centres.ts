import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expandPattern } from '../../faces/sources/webdataset/shard-list';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import {
  readCentreFiles,
  type CentreFile,
  type ReadCentresOptions,
} from '../../models/centres/centre-files';
import { missingOr } from './disk-error';
import { openByteSource } from './node-models';

const [CODE, NEXT_STEP] = [
  'bad-checkpoint',
  'Name the FC layer that the backbone was trained with, or all its parts.',
] as const;

/**
 * Class centres out of what names on a command line stand for: files, addresses, patterns such as
 * `softmax_fc_gpu_{0..7}.pt`, and folders of files of arrays.
 * @throws StudioError `bad-checkpoint` for what isn't there or holds no class centres of this
 * dimension; `network`
 */
export async function openNodeCentres(
  names: readonly string[],
  options: ReadCentresOptions,
): Promise<CentreFile> {
  const paths = (await Promise.all(names.flatMap(expandPattern).map(filesOf))).flat();
  const files = await Promise.all(
    paths.map(async (path) => openTensorFile(await openByteSource(path, CODE, NEXT_STEP))),
  );
  return readCentreFiles(files, options);
}

async function filesOf(path: string): Promise<string[]> {
  const found = /^https?:/.test(path) ? null : await stat(path).catch(missingOr(path));
  if (!found?.isDirectory()) return [path];
  return (await readdir(path))
    .filter((name) => /\.(pt|pth|safetensors)$/i.test(name))
    .sort()
    .map((name) => join(path, name));
}
