import { fetchText, HttpByteSource } from '../../formats/bytes/byte-source';
import { StudioError } from '../../core/studio-error';
import { CachedShardOpener } from '../cache/cached-opener';
import type { FaceSource, SourceSpec } from '../face-source';
import { BrowserFile, type PickedFile } from './folder/local-file';
import type { OpenContext } from './open-context';
import { ParquetTable } from './parquet/parquet-table';
import { expandPattern, parseManifest } from './webdataset/shard-list';
import { HttpShardOpener, type ShardOpener } from './webdataset/shard-opener';
import { RecordIoTable } from './recordio/recordio-table';
import { PARQUET, RECORDIO } from './source-form';
import { sourceOfFiles } from './source-of-files';
import { TableSource } from './table-source';
import { WebDatasetSource } from './webdataset/webdataset-source';

/** A hundred thousand shards at long addresses. */
const MAX_MANIFEST = 32 * 2 ** 20;

/** What was typed, as a spec: a manifest's address ends in `.json`, anything else is a pattern. */
export function specOf(shards: string, files?: readonly PickedFile[]): SourceSpec {
  if (shards.startsWith('files:')) {
    if (!files || files.length === 0)
      throw new StudioError(
        'bad-source',
        `The folder "${shards.slice(6)}" has to be picked again.`,
        'Pick it under "Data".',
      );
    return { kind: 'files', name: shards.slice(6), files };
  }
  return /\.json(\?.*)?$/.test(shards)
    ? { kind: 'manifest', url: shards }
    : { kind: 'pattern', pattern: shards };
}

/**
 * Opens a source in the page.
 * @param base what relative addresses are relative to
 * @throws StudioError `bad-source`, `network`, or whatever keeps it from being opened
 */
export async function createFaceSource(
  spec: SourceSpec,
  base: string,
  opening: OpenContext = {},
): Promise<FaceSource> {
  switch (spec.kind) {
    case 'manifest': {
      const url = new URL(spec.url, base).href;
      const list = parseManifest(await fetchText(url, MAX_MANIFEST, opening.signal), url);
      return new WebDatasetSource(spec.url, list, shardsAt(url, opening));
    }
    case 'pattern':
      if (RECORDIO.test(spec.pattern)) return recordIoAt(spec.pattern, base);
      if (PARQUET.test(spec.pattern)) return parquetAt(spec.pattern, base);
      return new WebDatasetSource(
        spec.pattern,
        { shards: expandPattern(spec.pattern).map((name) => ({ name })) },
        shardsAt(base, opening),
      );
    case 'files':
      return sourceOfFiles(
        spec.name,
        spec.files.map((picked) => new BrowserFile(picked)),
        opening,
      );
    default:
      return spec satisfies never;
  }
}

/** Shards at addresses, through the cache where there is one. */
function shardsAt(base: string, { cache }: OpenContext): ShardOpener {
  const opener = new HttpShardOpener(base);
  return cache ? new CachedShardOpener(opener, cache) : opener;
}

/**
 * A `.rec` at an address, its `.idx` beside it; shuffled by blocks, since single reads are slow
 * there.
 */
async function recordIoAt(address: string, base: string): Promise<FaceSource> {
  const at = (path: string) => HttpByteSource.open(new URL(path, base).href);
  const [rec, idx] = await Promise.all([
    at(address),
    at(address.replace(/\.rec(?=\?|$)/i, '.idx')),
  ]);
  return new TableSource(await RecordIoTable.open(address, { rec, idx }, { local: false }));
}

/**
 * Parquet files at addresses, in the pattern's order: their footers now, their row groups as they
 * are read.
 */
async function parquetAt(pattern: string, base: string): Promise<FaceSource> {
  const files = await Promise.all(
    expandPattern(pattern).map((address) => HttpByteSource.open(new URL(address, base).href)),
  );
  return new TableSource(await ParquetTable.open(pattern, files));
}
