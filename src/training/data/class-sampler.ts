import type { SeededRandom } from '../../core/seeded-random';

/** The classes of one step. */
export interface SampledClasses {
  /**
   * Rows of the classifier, each once: the batch's own first, then others. null for all rows, in
   * their order.
   */
  readonly rows: Uint32Array | null;
  /** The index of each picture's own class in `rows`. */
  readonly targets: Int32Array;
}

/**
 * Draws a share of all classes for each step, the batch's own always included, as Partial FC does
 * (An et al., 2022). The drawn classes stand for all others in the softmax.
 */
export class ClassSampler {
  /** A permutation of all classes, shuffled further at each step. */
  readonly #order: Uint32Array;
  /** By class: its index in the rows of this step, or −1. Between steps all are −1. */
  readonly #places: Int32Array;

  /** @param share of the classes, 0 < share ≤ 1 */
  constructor(
    readonly classes: number,
    readonly share: number,
    readonly random: SeededRandom,
  ) {
    this.#order =
      share < 1 ? Uint32Array.from({ length: classes }, (_, row) => row) : new Uint32Array();
    this.#places = new Int32Array(share < 1 ? classes : 0).fill(-1);
  }

  /** @param own the class of each picture of the batch */
  sample(own: readonly number[]): SampledClasses {
    if (this.share >= 1) return { rows: null, targets: Int32Array.from(own) };
    const rows: number[] = [];
    const take = (row: number) => {
      if (this.#places[row]! >= 0) return;
      this.#places[row] = rows.length;
      rows.push(row);
    };
    own.forEach(take);
    const wanted = Math.min(
      this.classes,
      Math.max(rows.length + 1, Math.round(this.share * this.classes)),
    );
    for (let i = 0; rows.length < wanted; i++) {
      const j = i + this.random.int(this.classes - i);
      const drawn = this.#order[j]!;
      this.#order[j] = this.#order[i]!;
      this.#order[i] = drawn;
      take(drawn);
    }
    const targets = Int32Array.from(own, (row) => this.#places[row]!);
    for (const row of rows) this.#places[row] = -1;
    return { rows: Uint32Array.from(rows), targets };
  }
}
