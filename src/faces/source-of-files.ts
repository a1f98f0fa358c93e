import type { ByteSource } from '../formats/byte-source';
import type { RecordIndex } from '../formats/record-index';
import { StudioError } from '../formats/studio-error';
import type { FaceSource } from './face-source';
import { naturalOrder } from './file-paths';
import { FolderTable } from './folder-table';
import { keptIndex } from './kept-index';
import type { LocalFile } from './local-file';
import type { Opening } from './opening';
import { ParquetTable } from './parquet/parquet-table';
import { parseManifest, type ShardList } from './shard-list';
import { FileShardOpener } from './shard-opener';
import { RecordIoTable } from './recordio-table';
import { LeftOutTally, NothingUsedError, type LeftOut } from './left-out';
import { SourceAmongOthers } from './source-among-others';
import {
  formOfFiles, isCompanion, KNOWN_FORMS, PARQUET, RECORDIO, roleOf, TAR, type SourceForm,
} from './source-form';
import { TableSource } from './table-source';
import { WebDatasetSource } from './webdataset-source';

/**
 * The source that a folder's files are, whichever form of data they hold; the same in the page and in Node. Files that
 * belong to no set of that form are among what its `info` says to be left out.
 * @param name of the folder, for messages
 * @throws NothingUsedError where they hold no pictures of people
 * @throws StudioError `bad-source` where they are several sets, or aren't whole
 */
export async function sourceOfFiles(name: string, files: readonly LocalFile[], opening: Opening = {}): Promise<FaceSource> {
  const { form, question } = formOfFiles(files.map(({ path }) => path));
  if (question) throw new StudioError('bad-source', `In ${name} ${question.found}.`, question.nextStep);
  if (form === null) {
    throw new NothingUsedError(filesBeside(files, null), `${name} is none of the forms that the studio reads${seen(files)}.`, `Pick ${KNOWN_FORMS}.`);
  }
  // It tells by itself what of the folder it leaves out.
  if (form === 'folder') return new TableSource(await FolderTable.open(name, files));
  const visible = files.filter(({ path }) => roleOf(path) !== 'hidden');
  return new SourceAmongOthers(await recordsAmong(form, name, visible, opening), filesBeside(files, form));
}

async function recordsAmong(form: Exclude<SourceForm, 'folder'>, name: string, files: readonly LocalFile[], opening: Opening): Promise<FaceSource> {
  switch (form) {
    case 'recordio':
      return new TableSource(await recordIoAmong(name, files, opening));
    case 'webdataset':
      return new WebDatasetSource(name, await shardsAmong(files), new FileShardOpener(files));
    case 'parquet': {
      const parquet = files.filter(({ path }) => PARQUET.test(path)).sort((a, b) => naturalOrder(a.path, b.path));
      return new TableSource(await ParquetTable.open(name, await Promise.all(parquet.map((file) => file.open()))));
    }
    default:
      return form satisfies never;
  }
}

/** Files that aren't of a set of records and don't belong to it. */
function filesBeside(files: readonly LocalFile[], form: Exclude<SourceForm, 'folder'> | null): LeftOut[] {
  const tally = new LeftOutTally();
  for (const { path } of files) {
    const role = roleOf(path);
    if (role === form || (form !== null && role !== 'hidden' && isCompanion(path, form))) continue;
    if (role === 'hidden') tally.addFile('hidden', path);
    else if (role === 'other' || role === 'list') tally.addFile('no-picture-file', path);
    else tally.addFile('other-data', path);
  }
  return tally.groups();
}

/** The one `.rec` of a folder, or its `train.rec`, with the index and the property file beside it. */
async function recordIoAmong(name: string, files: readonly LocalFile[], opening: Opening): Promise<RecordIoTable> {
  const records = files.filter(({ path }) => RECORDIO.test(path));
  const [rec, ...others] = records.filter(({ path }) => records.length === 1 || /(^|\/)train\.rec$/i.test(path));
  if (!rec || others.length > 0) {
    throw new StudioError('bad-source', `${name} holds ${records.length} .rec files (${records.slice(0, 3).map(({ path }) => path).join(', ')}).`, 'Pick a folder that holds one, or a train.rec.');
  }
  const indexPath = rec.path.replace(/\.rec$/i, '.idx');
  const idx = files.find(({ path }) => path.toLowerCase() === indexPath.toLowerCase());
  const property = files.find(({ path }) => path === rec.path.replace(/[^/]*$/, 'property'));
  const text = property && new TextDecoder().decode(await property.read());
  const bytes = await rec.open();
  const index = idx ? { idx: await idx.open() } : { index: await indexOf(bytes, opening) };
  return RecordIoTable.open(name, { rec: bytes, ...index, property: text }, { local: true, signal: opening.signal });
}

/** The index of a `.rec` that lies there without one; what is damaged gets no row, and is told in one sentence. */
async function indexOf(rec: ByteSource, { indexes, onIndexing, onTrouble, signal }: Opening): Promise<RecordIndex> {
  let [first, places]: [StudioError | null, number] = [null, 0];
  const index = await keptIndex(rec, {
    store: indexes,
    signal,
    onProgress: onIndexing,
    onUnkept: onTrouble,
    onDamage: (error) => {
      first ??= error;
      places++;
    },
  });
  if (first) onTrouble?.(new StudioError('bad-shard', `${rec.name} is damaged at ${places} ${places === 1 ? 'place, which was' : 'places, which were'} passed over. The first: ${(first as StudioError).message}`, 'The rest can be trained on; get the file again to have all of it.'));
  return index;
}

/** The tar shards among a folder's files: as its manifest.json lists them, or in order of name. */
async function shardsAmong(files: readonly LocalFile[]): Promise<ShardList> {
  const manifest = files.find(({ path }) => path === 'manifest.json');
  if (manifest) return parseManifest(new TextDecoder().decode(await manifest.read()), manifest.path);
  const shards = files.filter(({ path }) => TAR.test(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  return { shards: shards.map(({ path, size }) => ({ name: path, bytes: size })) };
}

function seen(files: readonly LocalFile[]): string {
  const names = files.slice(0, 3).map(({ path }) => path);
  return names.length > 0 ? ` (it holds ${names.join(', ')}${files.length > 3 ? ' …' : ''})` : ' (it is empty)';
}
