import type { ByteSource } from '../../formats/bytes/byte-source';
import type { RecordIndex } from '../../formats/recordio/record-index';
import { counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import type { FaceSource } from '../face-source';
import { normalPath } from './folder/file-paths';
import { filesBeside } from './folder/files-beside';
import { FolderTable } from './folder/folder-table';
import { loadOrBuildIndex } from './load-or-build-index';
import type { LocalFile } from './folder/local-file';
import type { OpenContext } from './open-context';
import { openParquetSet } from './parquet/parquet-set';
import { parseManifest, type ShardList } from './webdataset/shard-list';
import { FileShardOpener } from './webdataset/shard-opener';
import { RecordIoTable } from './recordio/recordio-table';
import { LeftOutTally, NothingUsedError } from '../survey/left-out';
import { bySplit, splitName, splitNote, splitToRead, type Split } from './set-splits';
import {
  formOfFiles,
  isDescription,
  KNOWN_FORMS,
  OTHER_ARCHIVE,
  roleOf,
  TAR,
  type SourceForm,
} from './source-form';
import { TableSource } from './table-source';
import { WebDatasetSource } from './webdataset/webdataset-source';

/**
 * The source that a folder's files are, whichever form of data they hold; the same in the page and
 * in Node. Files that belong to no set of that form are among what its `info` says to be left out.
 * @param name of the folder, for messages
 * @throws NothingUsedError where they hold no pictures of people
 * @throws StudioError `bad-source` where they are several sets, or aren't whole
 */
export async function sourceOfFiles(
  name: string,
  files: readonly LocalFile[],
  opening: OpenContext = {},
): Promise<FaceSource> {
  const { form, question } = formOfFiles(files.map(({ path }) => path));
  if (question)
    throw new StudioError('bad-source', `In ${name} ${question.found}.`, question.nextStep);
  switch (form) {
    case 'recordio': {
      const { table, own } = await recordIoAmong(name, files, opening);
      return new TableSource(table, { leftOut: beside(files, form, (path) => own.has(path)) });
    }
    case 'webdataset': {
      const { list, own, unread, notes } = await shardsAmong(files);
      const tally = new LeftOutTally();
      tally.addAll(beside(files, form, (path) => own.has(path)));
      for (const path of unread) tally.addFile('split-shard', path);
      const opener = new FileShardOpener(files);
      return new WebDatasetSource(name, list, opener, undefined, tally.groups(), notes);
    }
    case 'parquet': {
      const isOwn = (path: string) => roleOf(path) === 'parquet';
      const table = await openParquetSet(
        name,
        files.filter(({ path }) => isOwn(path)),
        opening.signal,
      );
      return new TableSource(table, { leftOut: beside(files, form, isOwn) });
    }
    case 'folder':
      // It tells by itself what of the folder it leaves out.
      return new TableSource(await FolderTable.open(name, files));
    case null:
      throw noForm(name, files);
    default:
      return form satisfies never;
  }
}

/** The files around a set of records; a part of it is what describes it, too. */
const beside = (
  files: readonly LocalFile[],
  form: Exclude<SourceForm, 'folder'>,
  isOwn: (path: string) => boolean,
) =>
  filesBeside(
    files.map(({ path }) => path),
    (path) => isOwn(path) || isDescription(path, form),
  );

/**
 * The one `.rec` of a folder, or its `train.rec`, with the index and the property file beside it.
 */
async function recordIoAmong(
  name: string,
  files: readonly LocalFile[],
  opening: OpenContext,
): Promise<{ table: RecordIoTable; own: ReadonlySet<string> }> {
  const records = files.filter(({ path }) => roleOf(path) === 'recordio');
  const [rec, ...others] = records.filter(
    ({ path }) => records.length === 1 || /(^|\/)train\.rec$/i.test(path),
  );
  if (!rec || others.length > 0) {
    throw new StudioError(
      'bad-source',
      `${name} holds ${records.length} .rec files (${records
        .slice(0, 3)
        .map(({ path }) => path)
        .join(', ')}).`,
      'Pick a folder that holds one, or a train.rec.',
    );
  }
  const indexPath = rec.path.replace(/\.rec$/i, '.idx');
  const idx = files.find(({ path }) => path.toLowerCase() === indexPath.toLowerCase());
  const property = files.find(({ path }) => path === rec.path.replace(/[^/]*$/, 'property'));
  const text = property && new TextDecoder().decode(await property.read());
  const bytes = await rec.open();
  const index = idx ? { idx: await idx.open() } : { index: await indexOf(bytes, opening) };
  // im2rec's list of the pictures that it packed.
  const list = rec.path.replace(/\.rec$/i, '.lst');
  const own = new Set([rec.path, idx?.path ?? '', property?.path ?? '', list]);
  const options = { local: true, signal: opening.signal };
  const table = await RecordIoTable.open(name, { rec: bytes, ...index, property: text }, options);
  return { table, own };
}

/**
 * The index of a `.rec` that lies there without one; what is damaged gets no row, and is told in
 * one sentence.
 */
async function indexOf(
  rec: ByteSource,
  { indexes, onIndexing, onWarning, signal }: OpenContext,
): Promise<RecordIndex> {
  let [first, places]: [StudioError | null, number] = [null, 0];
  const index = await loadOrBuildIndex(rec, {
    store: indexes,
    signal,
    onProgress: onIndexing,
    onUnkept: onWarning,
    onDamage: (error) => {
      first ??= error;
      places++;
    },
  });
  if (first)
    onWarning?.(
      new StudioError(
        'bad-shard',
        `${rec.name} is damaged at ${places} ` +
          `${places === 1 ? 'place, which was' : 'places, which were'} passed over. The ` +
          `first: ${(first as StudioError).message}`,
        'The rest can be trained on; get the file again to have all of it.',
      ),
    );
  return index;
}

/** The tar shards among a folder's files. */
interface ShardsAmong {
  readonly list: ShardList;
  /** Paths of shards, index and manifest. */
  readonly own: ReadonlySet<string>;
  /** Paths of shards of other splits. */
  readonly unread: readonly string[];
  readonly notes: readonly string[];
}

/**
 * As the folder's manifest.json lists them; or in order of name, and where they are of several
 * splits those of one, as of Parquet files: nobody means to train on what they test with.
 */
async function shardsAmong(files: readonly LocalFile[]): Promise<ShardsAmong> {
  const manifest = files.find(({ path }) => path === 'manifest.json');
  const { list, unread, notes } = manifest ? await shardsListed(manifest) : shardsOfSplit(files);
  // An index of a shard, as wds2idx and wids make them.
  const shards = [...list.shards.map(({ name }) => normalPath(name)), ...unread];
  const names = shards.flatMap((name) => [name, `${name}.idx`, name.replace(TAR, '.idx')]);
  return { list, own: new Set([...names, manifest?.path ?? '']), unread, notes };
}

async function shardsListed(manifest: LocalFile): Promise<Omit<ShardsAmong, 'own'>> {
  const text = new TextDecoder().decode(await manifest.read());
  return { list: parseManifest(text, manifest.path), unread: [], notes: [] };
}

function shardsOfSplit(files: readonly LocalFile[]): Omit<ShardsAmong, 'own'> {
  const all = files.filter(({ path }) => roleOf(path) === 'webdataset');
  const splits = bySplit(all);
  const chosen = splitToRead([...splits.keys()]);
  const shards = splits.get(chosen) ?? [];
  shards.sort((a, b) => (a.path < b.path ? -1 : 1));
  const list = { shards: shards.map(({ path, size }) => ({ name: path, bytes: size })) };
  const others = [...splits].filter(([split]) => split !== chosen);
  if (others.length === 0) return { list, unread: [], notes: [] };
  const told = (split: Split | null, { length }: readonly LocalFile[]) =>
    `${splitName(split)} (${counted(length, 'shard')})`;
  const note = splitNote(
    told(chosen, shards),
    others.map((each) => told(...each)),
  );
  const unread = others.flatMap(([, members]) => members.map(({ path }) => path));
  return { list, unread, notes: [note] };
}

function noForm(name: string, files: readonly LocalFile[]): NothingUsedError {
  const archive = files.find(({ path }) => OTHER_ARCHIVE.test(path) && roleOf(path) === 'other');
  const unpack = archive ? `Unpack ${archive.path} first, or pick` : 'Pick';
  const leftOut = filesBeside(
    files.map(({ path }) => path),
    () => false,
  );
  const found = `${name} is none of the forms that the studio reads${seen(files)}.`;
  return new NothingUsedError(leftOut, found, `${unpack} ${KNOWN_FORMS}.`);
}

function seen(files: readonly LocalFile[]): string {
  const names = files.slice(0, 3).map(({ path }) => path);
  return names.length > 0
    ? ` (it holds ${names.join(', ')}${files.length > 3 ? ' …' : ''})`
    : ' (it is empty)';
}
