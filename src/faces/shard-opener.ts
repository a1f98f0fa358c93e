import { fetchOrThrow } from '../formats/byte-source';
import { StudioError } from '../formats/studio-error';

/** Where shards are read from. */
export interface ShardOpener {
  /** @throws StudioError `network` or `bad-shard` */
  open(shard: string, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>>;
}

/** Shards at URLs, relative to `base`. */
export class HttpShardOpener implements ShardOpener {
  constructor(readonly base: string) {}

  async open(shard: string, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>> {
    return (await fetchOrThrow(new URL(shard, this.base).href, { signal })).body!;
  }
}

/** Shards of a picked folder. */
export class FileShardOpener implements ShardOpener {
  readonly #files: ReadonlyMap<string, File>;

  constructor(files: readonly File[]) {
    this.#files = new Map(files.map((file) => [file.name, file]));
  }

  async open(shard: string): Promise<ReadableStream<Uint8Array>> {
    const file = this.#files.get(shard);
    if (!file) throw new StudioError('bad-shard', `The folder holds no file "${shard}".`, 'Pick the folder that holds all shards of the manifest.');
    return file.stream();
  }
}
