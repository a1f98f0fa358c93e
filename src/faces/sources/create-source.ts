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

/** Enough for 100,000 shards with long URLs. */
const MAX_MANIFEST_BYTES = 32 * 2 ** 20;

/**
 * Parses what the user typed. A URL that ends in `.json` is a manifest, anything else is a pattern.
 * @throws StudioError `bad-source` for "files:…" if the files are missing
 */
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
 * @param base base URL for relative addresses
 * @throws StudioError `bad-source`, `network`, or another reason why it can't be opened
 */
export async function createFaceSource(
  spec: SourceSpec,
  base: string,
  opening: OpenContext = {},
): Promise<FaceSource> {
  switch (spec.kind) {
    case 'manifest': {
      const url = new URL(spec.url, base).href;
      const list = parseManifest(await fetchText(url, MAX_MANIFEST_BYTES, opening.signal), url);
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

/** Opens shards at URLs, through the cache if there is one. */
function shardsAt(base: string, { cache }: OpenContext): ShardOpener {
  const opener = new HttpShardOpener(base);
  return cache ? new CachedShardOpener(opener, cache) : opener;
}

/**
 * Opens a `.rec` at a URL with the `.idx` next to it. Shuffled in blocks, since single reads are
 * slow over HTTP.
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
 * Opens Parquet files at URLs, in the order of the pattern. Footers are fetched now, row groups
 * when they are read.
 */
async function parquetAt(pattern: string, base: string): Promise<FaceSource> {
  const files = await Promise.all(
    expandPattern(pattern).map((address) => HttpByteSource.open(new URL(address, base).href)),
  );
  return new TableSource(await ParquetTable.open(pattern, files));
}
