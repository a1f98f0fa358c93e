import { opendir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf, StudioError } from '../../../core/studio-error';
import type { IjbFolder } from '../../../inference/evaluation/ijb/ijb-release';
import { fileStream } from '../file-stream';
import { bytesOf } from '../node-models';

/** A release's folder on disk. */
export function nodeIjbFolder(folder: string): IjbFolder {
  const [meta, pictures] = [join(folder, 'meta'), join(folder, 'loose_crop')];
  return {
    name: basename(folder),
    lists: () =>
      readdir(meta).catch((cause: unknown) => {
        throw new StudioError(
          'bad-source',
          `${meta} can't be read (${messageOf(cause)}).`,
          'Name the folder that holds loose_crop and meta.',
          { cause },
        );
      }),
    list: (name) => fileStream(join(meta, name)),
    async *pictures() {
      for await (const { name } of await opendir(pictures)) yield name;
    },
    picture: (name) => bytesOf(join(pictures, name), 'bad-source', 'Check the release.'),
  };
}
