import { byteHash } from '../../formats/bytes/byte-hash';
import type { CacheWriter } from './cache-folder';
import type { ShardReading, ShardVersion } from '../sources/webdataset/shard-opener';
import { BLOCK_BYTES, type ShardFiles } from './shard-record';

/**
 * A shard that is being written to the cache. Full blocks are in the file, the unfinished block is
 * in memory.
 */
export class PartialShard {
  readonly hashes: number[] = [];
  /** False once it is complete or abandoned. */
  isOpen = true;
  /** Bytes of the quota that are reserved for it. */
  reserved = 0;
  /** Bytes in the file. */
  #written = 0;
  /** Bytes in the block. */
  #filled = 0;
  readonly #block = new Uint8Array(BLOCK_BYTES);

  /** @param announced size of the whole shard in bytes, if the server sent one */
  constructor(
    readonly url: string,
    readonly files: ShardFiles,
    readonly writer: CacheWriter,
    readonly reading: ShardReading,
    readonly version: ShardVersion,
    public announced: number | undefined,
  ) {}

  /** Number of bytes received so far, from the start of the shard. */
  get covered(): number {
    return this.#written + this.#filled;
  }

  get blockIsFull(): boolean {
    return this.#filled === BLOCK_BYTES;
  }

  /** Copies the next bytes into the block, as many as fit. Returns how many. */
  fill(bytes: Uint8Array): number {
    const part = bytes.subarray(0, BLOCK_BYTES - this.#filled);
    this.#block.set(part, this.#filled);
    this.#filled += part.length;
    return part.length;
  }

  /** Writes the filled part of the block. Only a shard's last block may be short. */
  async flush(): Promise<void> {
    if (this.#filled === 0) return;
    const block = this.#block.subarray(0, this.#filled);
    await this.writer.append(block);
    this.hashes.push(byteHash(block));
    this.#written += this.#filled;
    this.#filled = 0;
  }
}
