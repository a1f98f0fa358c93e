import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expandPattern } from '../../faces/sources/webdataset/shard-list';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import {
  readCentreFiles,
  type CentreFile,
  type ReadCentresOptions,
} from '../../models/centres/centre-files';
import { ignoreMissing } from './disk-error';
import { openByteSource } from './node-models';

const NEXT_STEP = 'Name the FC layer that the backbone was trained with, or all its parts.';

/**
 * Opens the class centres that are named on a command line.
 * @param names files, addresses, patterns such as `softmax_fc_gpu_{0..7}.pt`, and folders of files
 * @throws StudioError `bad-checkpoint` for files that don't exist or hold no class centres of this
 * dimension; `network`
 */
export async function openNodeCentres(
  names: readonly string[],
  options: ReadCentresOptions,
): Promise<CentreFile> {
  const paths = (await Promise.all(names.flatMap(expandPattern).map(filesOf))).flat();
  const files = await Promise.all(
    paths.map(async (path) =>
      openTensorFile(await openByteSource(path, 'bad-checkpoint', NEXT_STEP)),
    ),
  );
  return readCentreFiles(files, options);
}

async function filesOf(path: string): Promise<string[]> {
  const found = /^https?:/.test(path) ? null : await stat(path).catch(ignoreMissing(path));
  if (!found?.isDirectory()) return [path];
  return (await readdir(path))
    .filter((name) => /\.(pt|pth|safetensors)$/i.test(name))
    .sort()
    .map((name) => join(path, name));
}
