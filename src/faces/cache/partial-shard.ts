import { byteHash } from '../../formats/bytes/byte-hash';
import type { CacheWriter } from './cache-folder';
import type { ShardReading, ShardVersion } from '../sources/webdataset/shard-opener';
import { BLOCK_BYTES, type ShardFiles } from './shard-record';

/**
 * A shard that is being kept: its first bytes, whole blocks of them in a file and the rest here.
 */
export class PartialShard {
  readonly hashes: number[] = [];
  /** False once it is kept or given up. */
  isOpen = true;
  /** What is held for it of the quota, in bytes. */
  reserved = 0;
  /** In the file, in bytes. */
  #written = 0;
  #filled = 0;
  readonly #block = new Uint8Array(BLOCK_BYTES);

  /** @param announced the whole shard's bytes, where the server tells */
  constructor(
    readonly url: string,
    readonly files: ShardFiles,
    readonly writer: CacheWriter,
    readonly reading: ShardReading,
    readonly version: ShardVersion,
    public announced: number | undefined,
  ) {}

  /** How many of the shard's first bytes have been taken. */
  get covered(): number {
    return this.#written + this.#filled;
  }

  get blockIsFull(): boolean {
    return this.#filled === BLOCK_BYTES;
  }

  /**
   * Takes of the bytes that follow what is covered as many as the block holds. Returns how many.
   */
  fill(bytes: Uint8Array): number {
    const part = bytes.subarray(0, BLOCK_BYTES - this.#filled);
    this.#block.set(part, this.#filled);
    this.#filled += part.length;
    return part.length;
  }

  /** Writes the block as far as it is filled. Only a shard's last may be short. */
  async flush(): Promise<void> {
    if (this.#filled === 0) return;
    const block = this.#block.subarray(0, this.#filled);
    await this.writer.append(block);
    this.hashes.push(byteHash(block));
    this.#written += this.#filled;
    this.#filled = 0;
  }
}
