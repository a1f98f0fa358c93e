/** Initial size of the table; sizes are powers of two. */
const INITIAL_SLOTS = 1024;

/**
 * Counts how often each label occurs: a hash table with open addressing, 12 bytes per slot and at
 * least half of the slots free. A Map takes several times as much and is limited to about sixteen
 * million entries.
 */
export class LabelCounts {
  #labels = new Float64Array(INITIAL_SLOTS);
  #counts = new Uint32Array(INITIAL_SLOTS);
  #distinct = 0;

  /** Number of distinct labels. */
  get distinct(): number {
    return this.#distinct;
  }

  /** @param label a whole number, 0 ≤ label ≤ 2^53 − 1 */
  add(label: number): void {
    const slot = slotOf(this.#labels, this.#counts, label);
    if (this.#counts[slot]! === 0) {
      this.#labels[slot] = label;
      this.#distinct++;
    }
    this.#counts[slot]!++;
    if (2 * this.#distinct > this.#labels.length) this.#grow();
  }

  /** The smallest and the largest label; undefined without labels. */
  range(): { min: number; max: number } | undefined {
    if (this.#distinct === 0) return undefined;
    let min = Infinity;
    let max = -Infinity;
    for (const [slot, count] of this.#counts.entries()) {
      if (count === 0) continue;
      min = Math.min(min, this.#labels[slot]!);
      max = Math.max(max, this.#labels[slot]!);
    }
    return { min, max };
  }

  /** The counts in ascending order. */
  sorted(): Uint32Array {
    return this.#counts.filter((count) => count > 0).sort();
  }

  #grow(): void {
    const labels = new Float64Array(2 * this.#labels.length);
    const counts = new Uint32Array(2 * this.#labels.length);
    for (const [from, count] of this.#counts.entries()) {
      if (count === 0) continue;
      const to = slotOf(labels, counts, this.#labels[from]!);
      labels[to] = this.#labels[from]!;
      counts[to] = count;
    }
    this.#labels = labels;
    this.#counts = counts;
  }
}

/** The slot that holds the label, or the free slot where it belongs. */
function slotOf(labels: Float64Array, counts: Uint32Array, label: number): number {
  const last = labels.length - 1;
  let hash = Math.imul((label % 2 ** 32) ^ Math.floor(label / 2 ** 32), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77);
  let slot = (hash ^ (hash >>> 13)) & last;
  while (counts[slot]! > 0 && labels[slot] !== label) slot = (slot + 1) & last;
  return slot;
}
