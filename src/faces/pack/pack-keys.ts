/** Characters that end a member's key, separate folders, or are replaced when a tar is read. */
const FORBIDDEN_IN_KEYS = /[./\\]|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/**
 * In UTF-16 units. With an extension and a number, names in any script stay within the 255 bytes
 * that file systems allow.
 */
const MAX_KEY_LENGTH = 72;
/** Load factor of the hash table. */
const MAX_LOAD = 0.7;

/**
 * Turns a key into a valid member key. Short keys without dots, slashes and invisible characters
 * stay the same.
 */
export function memberKey(key: string): string {
  return key.slice(0, MAX_KEY_LENGTH).replace(FORBIDDEN_IN_KEYS, '_') || '_';
}

/**
 * Hash of a key, a whole number below 2^53. Among ten million keys the probability that two share a
 * hash is about 1 %.
 */
export function keyHash(key: string): number {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
    b ^= b >>> 15;
  }
  return (finalised(a) & 0x1fffff) * 2 ** 32 + finalised(b);
}

/**
 * Makes the keys of a set's members unique. WebDataset joins neighbouring members of one key into
 * one sample, and files of the same name overwrite each other when a tar is unpacked. So the number
 * of its record is appended to a key that is already taken, rather than refusing a set for names on
 * which nothing depends. Takes about 12 bytes per key.
 */
export class MemberKeys {
  #slots = new Float64Array(2 ** 10);
  #count = 0;

  /** @param number of the record in its set, different for each record */
  unique(key: string, number: number): string {
    let name = memberKey(key);
    while (!this.add(keyHash(name))) name += `~${number}`;
    return name;
  }

  /** Adds the hash of a key; returns false if it was already there. */
  add(hash: number): boolean {
    if (this.#count >= MAX_LOAD * this.#slots.length) this.#grow();
    const slot = this.#slotOf(hash + 1);
    if (this.#slots[slot] !== 0) return false;
    this.#slots[slot] = hash + 1;
    this.#count++;
    return true;
  }

  /** The slot that holds a value, or the free slot where it belongs. */
  #slotOf(value: number): number {
    const last = this.#slots.length - 1;
    let slot = value & last;
    while (this.#slots[slot] !== 0 && this.#slots[slot] !== value) slot = (slot + 1) & last;
    return slot;
  }

  #grow(): void {
    const values = this.#slots;
    this.#slots = new Float64Array(2 * values.length);
    for (const value of values) if (value !== 0) this.#slots[this.#slotOf(value)] = value;
  }
}

/** Murmur3's finaliser, which spreads differences of short keys over all bits. */
function finalised(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
