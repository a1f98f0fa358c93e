import { byteHash } from '../../formats/bytes/byte-hash';

/** Two records with the same picture, byte for byte. */
export interface DuplicateExample {
  /** Preceded by the shard if the two lie in different shards. */
  readonly key: string;
  /** The key of the first record with this picture, in the same form. */
  readonly sameAs: string;
}

/** The first record with a picture. */
interface FirstRecord {
  readonly key: string;
  readonly shard: string;
}

/** Hashes per block. Blocks are never copied as more are added. */
const BLOCK_HASHES = 2 ** 16;
const MAX_EXAMPLES = 20;
/** Keys of first records that are held to name examples. */
const MAX_KEYS = 2 ** 17;
/** Length of such a key. */
const MAX_KEY_LENGTH = 256;

/**
 * Finds repeated pictures by a 53-bit hash of their bytes: 8 bytes per picture, and as much again
 * while they are counted. The count covers all pictures. Examples need keys, of which only those
 * with the smallest hashes are held; the bound on the hash is halved whenever there are too many. A
 * picture and its duplicates share a hash, so a group of duplicates is held completely or not at
 * all, however far apart its pictures lie.
 */
export class PictureDuplicates {
  readonly examples: DuplicateExample[] = [];
  readonly #blocks: Float64Array[] = [];
  readonly #keys = new Map<number, FirstRecord>();
  #pictures = 0;
  /** Keys are held for hashes below this bound. */
  #heldBelow = 2 ** 53;

  /** @param shard distinguishes equal keys of different shards */
  add(key: string, shard: string, picture: Uint8Array): void {
    const hash = byteHash(picture);
    const place = this.#pictures % BLOCK_HASHES;
    this.#pictures++;
    if (place === 0) this.#blocks.push(new Float64Array(BLOCK_HASHES));
    this.#blocks.at(-1)![place] = hash;
    if (hash >= this.#heldBelow || this.examples.length === MAX_EXAMPLES) return;
    const first = this.#keys.get(hash);
    if (first === undefined) {
      if (key.length <= MAX_KEY_LENGTH) this.#keep(hash, { key, shard });
    } else if (first.shard === shard) this.examples.push({ key, sameAs: first.key });
    else this.examples.push({ key: `${shard} ${key}`, sameAs: `${first.shard} ${first.key}` });
  }

  /** Number of pictures that repeat an earlier one. */
  count(): number {
    const all = new Float64Array(this.#pictures);
    for (const [index, block] of this.#blocks.entries())
      all.set(block.subarray(0, this.#pictures - index * BLOCK_HASHES), index * BLOCK_HASHES);
    all.sort();
    let repeated = 0;
    for (let i = 1; i < all.length; i++) if (all[i] === all[i - 1]) repeated++;
    return repeated;
  }

  #keep(hash: number, first: FirstRecord): void {
    this.#keys.set(hash, first);
    while (this.#keys.size > MAX_KEYS) {
      this.#heldBelow /= 2;
      for (const held of this.#keys.keys()) if (held >= this.#heldBelow) this.#keys.delete(held);
    }
  }
}
