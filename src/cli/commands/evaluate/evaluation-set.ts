import { basename, join } from 'node:path';
import { messageOf, StudioError } from '../../../core/studio-error';
import {
  type EvaluationSet,
  binSet,
  folderSet,
} from '../../../inference/evaluation/evaluation-set';
import type { FolderPairsRule } from '../../../inference/evaluation/folder-pairs';
import { decodeImage } from '../../node/decode-image';
import { folderFiles } from '../../node/node-files';
import { bytesOf } from '../../node/node-models';

/**
 * Opens the pictures to evaluate on: a folder with one folder a person, with or without a list of
 * pairs; or a `.bin` set.
 * @param fromFolders makes pairs from the folders, in place of a list
 * @throws StudioError `bad-source`; `bad-config` where pairs are named and to be made
 */
export async function openEvaluationSet(
  images: string | undefined,
  pairsFile: string | undefined,
  fromFolders?: FolderPairsRule,
): Promise<EvaluationSet> {
  if (fromFolders && pairsFile !== undefined)
    throw new StudioError(
      'bad-config',
      `Pairs are named by ${pairsFile}, and to be made from the folders too.`,
      'Leave out --pairs or --pairs-from-folders.',
    );
  const pairs =
    pairsFile === undefined
      ? null
      : {
          name: basename(pairsFile),
          bytes: await bytesOf(
            pairsFile,
            'bad-source',
            'Name a list of pairs such as pairs.txt, or a set such as lfw.bin.',
          ),
        };
  if (pairs && /\.bin$/i.test(pairsFile!)) return binSet(pairs.name, pairs.bytes, decodeImage);
  if (images === undefined)
    throw new StudioError(
      'bad-source',
      'Nothing says where the pictures are.',
      'Name their folder with --images, or a .bin set with --pairs.',
    );
  const files = await folderFiles(images).catch((cause: unknown) => {
    if (cause instanceof StudioError) throw cause;
    throw new StudioError(
      'bad-source',
      `${images} can't be read (${messageOf(cause)}).`,
      'Name a folder of pictures.',
      { cause },
    );
  });
  return folderSet({
    name: basename(images),
    paths: files.map(({ path }) => path),
    list: pairs && { name: pairs.name, text: new TextDecoder().decode(pairs.bytes) },
    fromFolders,
    decode: async (path) =>
      decodeImage(await bytesOf(join(images, path), 'bad-source', 'Check the folder.'), path),
  });
}
