import { StudioError } from '../formats/studio-error';
import type { FaceSource } from './face-source';
import { naturalOrder } from './file-paths';
import { FolderTable } from './folder-table';
import type { LocalFile } from './local-file';
import { ParquetTable } from './parquet-table';
import { parseManifest, type ShardList } from './shard-list';
import { FileShardOpener } from './shard-opener';
import { formOfFiles, KNOWN_FORMS, PARQUET } from './source-form';
import { TableSource } from './table-source';
import { WebDatasetSource } from './webdataset-source';

/**
 * The source that a folder's files are, whichever form of data they hold; the same in the page and in Node.
 * @param name of the folder, for messages and as a key for kept features
 * @throws StudioError `bad-source` where they are none, or aren't whole
 */
export async function sourceOfFiles(name: string, files: readonly LocalFile[]): Promise<FaceSource> {
  const form = formOfFiles(files.map(({ path }) => path));
  switch (form) {
    case 'webdataset':
      return new WebDatasetSource(name, await shardsAmong(files), new FileShardOpener(files));
    case 'parquet': {
      const parquet = files.filter(({ path }) => PARQUET.test(path)).sort((a, b) => naturalOrder(a.path, b.path));
      return new TableSource(await ParquetTable.open(name, await Promise.all(parquet.map((file) => file.open()))));
    }
    case 'folder':
      return new TableSource(await FolderTable.open(name, files));
    case null:
      throw new StudioError('bad-source', `${name} is none of the forms that the studio reads${seen(files)}.`, `Pick ${KNOWN_FORMS}.`);
    default:
      return form satisfies never;
  }
}

/** The tar shards among a folder's files: as its manifest.json lists them, or in order of name. */
async function shardsAmong(files: readonly LocalFile[]): Promise<ShardList> {
  const manifest = files.find(({ path }) => path === 'manifest.json');
  if (manifest) return parseManifest(new TextDecoder().decode(await manifest.read()), manifest.path);
  const shards = files.filter(({ path }) => /\.tar(\.gz)?$/i.test(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  return { shards: shards.map(({ path, size }) => ({ name: path, bytes: size })) };
}

function seen(files: readonly LocalFile[]): string {
  const names = files.slice(0, 3).map(({ path }) => path);
  return names.length > 0 ? ` (it holds ${names.join(', ')}${files.length > 3 ? ' …' : ''})` : ' (it is empty)';
}
