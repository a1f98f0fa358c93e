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
 * Opens a folder's files as a source, whichever form of data they hold, both in the page and in
 * Node. Files that don't belong to the set are listed as left out by the source's `info`.
 * @param name of the folder, for messages
 * @throws NothingUsedError if there are no pictures of people
 * @throws StudioError `bad-source` for several sets, or an incomplete one
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
      return new TableSource(table, { leftOut: unusedFiles(files, form, (path) => own.has(path)) });
    }
    case 'webdataset': {
      const { list, own, unread, notes } = await shardsAmong(files);
      const tally = new LeftOutTally();
      tally.addAll(unusedFiles(files, form, (path) => own.has(path)));
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
      return new TableSource(table, { leftOut: unusedFiles(files, form, isOwn) });
    }
    case 'folder':
      // The table itself lists what it leaves out.
      return new TableSource(await FolderTable.open(name, files));
    case null:
      throw noForm(name, files);
    default:
      return form satisfies never;
  }
}

/** Files next to a set that aren't used; files that describe the set count as part of it. */
const unusedFiles = (
  files: readonly LocalFile[],
  form: Exclude<SourceForm, 'folder'>,
  isOwn: (path: string) => boolean,
) =>
  filesBeside(
    files.map(({ path }) => path),
    (path) => isOwn(path) || isDescription(path, form),
  );

/** Opens a folder's only `.rec`, or its `train.rec`, with its index and property file. */
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
  // The list of packed pictures that im2rec writes.
  const list = rec.path.replace(/\.rec$/i, '.lst');
  const own = new Set([rec.path, idx?.path ?? '', property?.path ?? '', list]);
  const options = { local: true, signal: opening.signal };
  const table = await RecordIoTable.open(name, { rec: bytes, ...index, property: text }, options);
  return { table, own };
}

/**
 * The index of a `.rec` without an `.idx`. Damaged records get no row and are reported in one
 * warning.
 */
async function indexOf(
  rec: ByteSource,
  { indexes, onIndexing, onWarning, signal }: OpenContext,
): Promise<RecordIndex> {
  let first: StudioError | null = null;
  let places = 0;
  const index = await loadOrBuildIndex(rec, {
    store: indexes,
    signal,
    onProgress: onIndexing,
    onStoreError: onWarning,
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
          `${places === 1 ? 'place, which was' : 'places, which were'} skipped. The ` +
          `first: ${(first as StudioError).message}`,
        'The rest can be used for training; get the file again for all of it.',
      ),
    );
  return index;
}

/** The tar shards among a folder's files. */
interface ShardsAmong {
  readonly list: ShardList;
  /** Paths of shards, index files and manifest. */
  readonly own: ReadonlySet<string>;
  /** Paths of shards of other splits. */
  readonly unread: readonly string[];
  readonly notes: readonly string[];
}

/**
 * The shards listed by the folder's manifest.json, or all in order of name. If they are of several
 * splits only one is read, so that nobody trains on test data by accident.
 */
async function shardsAmong(files: readonly LocalFile[]): Promise<ShardsAmong> {
  const manifest = files.find(({ path }) => path === 'manifest.json');
  const { list, unread, notes } = manifest ? await shardsListed(manifest) : shardsOfSplit(files);
  // Index files next to the shards, as wds2idx and wids write them.
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
  const described = (split: Split | null, { length }: readonly LocalFile[]) =>
    `${splitName(split)} (${counted(length, 'shard')})`;
  const note = splitNote(
    described(chosen, shards),
    others.map((each) => described(...each)),
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
  const found = `${name} is none of the forms that the studio reads${examples(files)}.`;
  return new NothingUsedError(leftOut, found, `${unpack} ${KNOWN_FORMS}.`);
}

/** The first files, for the message. */
function examples(files: readonly LocalFile[]): string {
  if (files.length === 0) return ' (it is empty)';
  const names = files.slice(0, 3).map(({ path }) => path);
  const more = files.length > 3 ? ' …' : '';
  return ` (it holds ${names.join(', ')}${more})`;
}
