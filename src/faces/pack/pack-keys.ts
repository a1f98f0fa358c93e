/** What would end a member's key, lead into another folder, or be replaced where a tar is read. */
const NOT_IN_KEYS = /[./\\]|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/**
 * In UTF-16 units: with an extension and a number a name has at most the 255 bytes that file
 * systems take, in any script.
 */
const MAX_KEY_LENGTH = 72;
/** How full the set of keys gets before it grows. */
const FULLEST = 0.7;

/**
 * A key as a member of a tar can bear it: the same where it has no dots, slashes or invisible
 * characters and is not long.
 */
export function memberKey(key: string): string {
  return key.slice(0, MAX_KEY_LENGTH).replace(NOT_IN_KEYS, '_') || '_';
}

/**
 * Hash of a key, a whole number below 2^53: among ten million keys two share one in a set of a
 * hundred.
 */
export function keyHash(key: string): number {
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
    b ^= b >>> 15;
  }
  return (finished(a) & 0x1fffff) * 2 ** 32 + finished(b);
}

/**
 * The keys of a set's members, each given once. WebDataset joins neighbouring members of one key
 * into one sample, and files of one name overwrite each other when a tar is unpacked: a key that
 * was given before gets the number of its record behind it, which is better than to refuse a set
 * for names that nothing depends on. Twelve bytes or so a key.
 */
export class MemberKeys {
  #slots = new Float64Array(2 ** 10);
  #count = 0;

  /** @param number of the record in its set, another one each time */
  unique(key: string, number: number): string {
    let name = memberKey(key);
    while (!this.add(keyHash(name))) name += `~${number}`;
    return name;
  }

  /** Takes the hash of a key; false where it was there. */
  add(hash: number): boolean {
    if (this.#count >= FULLEST * this.#slots.length) this.#grow();
    const slot = this.#slotOf(hash + 1);
    if (this.#slots[slot] !== 0) return false;
    this.#slots[slot] = hash + 1;
    this.#count++;
    return true;
  }

  /** The slot that holds a value, or the free one where it would. */
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

/** Murmur3's finaliser, so that short keys too differ in every bit. */
function finished(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
