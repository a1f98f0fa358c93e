/** Smallest table; a power of two, as every later size is. */
const FIRST_SLOTS = 1024;

/**
 * How often each label was seen: an open-addressing table, 12 bytes a slot and at least half its
 * slots free, whatever whole numbers the labels are. A Map takes several times that and ends at
 * sixteen million entries.
 */
export class LabelCounts {
  #labels = new Float64Array(FIRST_SLOTS);
  #counts = new Uint32Array(FIRST_SLOTS);
  #distinct = 0;

  /** Labels seen at least once. */
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

  /** The smallest and the largest label; undefined where none was seen. */
  range(): { min: number; max: number } | undefined {
    if (this.#distinct === 0) return undefined;
    let [min, max] = [Infinity, -Infinity];
    for (const [slot, count] of this.#counts.entries()) {
      if (count === 0) continue;
      min = Math.min(min, this.#labels[slot]!);
      max = Math.max(max, this.#labels[slot]!);
    }
    return { min, max };
  }

  /** Pictures of each label, ascending. */
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
    [this.#labels, this.#counts] = [labels, counts];
  }
}

/** The slot that holds the label, or the free one where it would. */
function slotOf(labels: Float64Array, counts: Uint32Array, label: number): number {
  const last = labels.length - 1;
  let hash = Math.imul((label % 2 ** 32) ^ Math.floor(label / 2 ** 32), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77);
  let slot = (hash ^ (hash >>> 13)) & last;
  while (counts[slot]! > 0 && labels[slot] !== label) slot = (slot + 1) & last;
  return slot;
}
