/** The runs that this program trains, each as often as somebody holds it. */
export class TrainedRuns {
  readonly #holders = new Map<string, number>();

  has(id: string): boolean {
    return this.#holders.has(id);
  }

  /** Notes that a run is trained, until the returned function is called. */
  hold(id: string): () => void {
    this.#holders.set(id, (this.#holders.get(id) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const others = this.#holders.get(id)! - 1;
      if (others > 0) this.#holders.set(id, others);
      else this.#holders.delete(id);
    };
  }
}
