import { fetchOrThrow } from '../formats/byte-source';
import { StudioError } from '../formats/studio-error';
import type { FaceSource, SourceSpec } from './face-source';
import { expandPattern, parseManifest, type ShardList } from './shard-list';
import { FileShardOpener, HttpShardOpener } from './shard-opener';
import { WebDatasetSource } from './webdataset-source';

/** What was typed, as a spec: a manifest's address ends in `.json`, anything else is a pattern. */
export function specOf(shards: string, files?: readonly File[]): SourceSpec {
  if (shards.startsWith('files:')) {
    if (!files || files.length === 0) throw new StudioError('bad-source', `The folder "${shards.slice(6)}" has to be picked again.`, 'Pick it under "Data".');
    return { kind: 'files', name: shards.slice(6), files };
  }
  return /\.json(\?.*)?$/.test(shards) ? { kind: 'manifest', url: shards } : { kind: 'pattern', pattern: shards };
}

/**
 * Opens a source in the page.
 * @param base what relative addresses are relative to
 */
export async function createFaceSource(spec: SourceSpec, base: string): Promise<FaceSource> {
  switch (spec.kind) {
    case 'manifest': {
      const url = new URL(spec.url, base).href;
      const list = parseManifest(await (await fetchOrThrow(url)).text(), url);
      return new WebDatasetSource(spec.url, list, new HttpShardOpener(url));
    }
    case 'pattern':
      return new WebDatasetSource(spec.pattern, { shards: expandPattern(spec.pattern).map((name) => ({ name })) }, new HttpShardOpener(base));
    case 'files': {
      const manifest = spec.files.find(({ name }) => name === 'manifest.json');
      const list = manifest ? parseManifest(await manifest.text(), manifest.name) : shardsAmong(spec.files.map(({ name, size }) => ({ name, bytes: size })));
      return new WebDatasetSource(spec.name, list, new FileShardOpener(spec.files));
    }
    default:
      return spec satisfies never;
  }
}

/** The tar shards among a folder's files, in order of name. */
export function shardsAmong(files: readonly { name: string; bytes: number }[]): ShardList {
  const shards = files.filter(({ name }) => /\.tar(\.gz)?$/.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (shards.length === 0) {
    const seen = files.slice(0, 3).map(({ name }) => name).join(', ');
    throw new StudioError('bad-source', `The folder holds no .tar shards${seen ? ` (it holds ${seen} …)` : ''}.`, 'Pick a folder of WebDataset tar shards.');
  }
  return { shards };
}
