import { byteHash } from '../../formats/bytes/byte-hash';

/** Two records with the same picture, byte for byte. */
export interface DuplicateExample {
  /** With its shard before it where the two lie in different ones. */
  readonly key: string;
  /** The key of the first record that held it, likewise. */
  readonly sameAs: string;
}

/** The record that held a picture first. */
interface FirstRecord {
  readonly key: string;
  readonly shard: string;
}

/** Hashes of a block: arrays that never move as more come. */
const BLOCK = 2 ** 16;
const MAX_EXAMPLES = 20;
/** Keys that are remembered to name what a picture is the same as, and the longest of them. */
const [MAX_KEYS, MAX_KEY_LENGTH] = [2 ** 17, 256];

/**
 * Finds pictures that were seen before, by a 53-bit hash of their bytes: 8 bytes a picture, and as
 * much again while they are counted. The count is of all pictures. Examples need keys, of which
 * only so many are kept: those of the smallest hashes, the bound halved whenever they become too
 * many. A picture and its duplicates share a hash, so each set of duplicates is either kept whole
 * or not at all, however far apart they lie.
 */
export class PictureDuplicates {
  readonly examples: DuplicateExample[] = [];
  readonly #blocks: Float64Array[] = [];
  readonly #keys = new Map<number, FirstRecord>();
  #pictures = 0;
  #keptBelow = 2 ** 53;

  /** @param shard keys are told apart by it: two shards may have the same */
  add(key: string, shard: string, picture: Uint8Array): void {
    const hash = byteHash(picture);
    const place = this.#pictures++ % BLOCK;
    if (place === 0) this.#blocks.push(new Float64Array(BLOCK));
    this.#blocks.at(-1)![place] = hash;
    if (hash >= this.#keptBelow || this.examples.length === MAX_EXAMPLES) return;
    const first = this.#keys.get(hash);
    if (first === undefined) {
      if (key.length <= MAX_KEY_LENGTH) this.#keep(hash, { key, shard });
    } else if (first.shard === shard) this.examples.push({ key, sameAs: first.key });
    else this.examples.push({ key: `${shard} ${key}`, sameAs: `${first.shard} ${first.key}` });
  }

  /** Pictures that are an earlier one again. */
  count(): number {
    const all = new Float64Array(this.#pictures);
    for (const [index, block] of this.#blocks.entries())
      all.set(block.subarray(0, this.#pictures - index * BLOCK), index * BLOCK);
    all.sort();
    let repeated = 0;
    for (let i = 1; i < all.length; i++) if (all[i] === all[i - 1]) repeated++;
    return repeated;
  }

  #keep(hash: number, first: FirstRecord): void {
    this.#keys.set(hash, first);
    while (this.#keys.size > MAX_KEYS) {
      this.#keptBelow /= 2;
      for (const kept of this.#keys.keys()) if (kept >= this.#keptBelow) this.#keys.delete(kept);
    }
  }
}
