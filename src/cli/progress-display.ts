import { countBar, type CountBar } from './count-bar';

/** A task whose progress is shown. */
export interface DisplayedTask {
  readonly label: string;
  /** null or undefined where it isn't known. */
  readonly total?: number | null;
  readonly unit?: string;
}

/** Shows the progress of one task at a time on stderr. Every command reports through this. */
export class ProgressDisplay {
  #shown: { readonly label: string; readonly bar: CountBar } | null = null;

  /** Begins to show a task, in place of the one before. */
  start({ label, total, unit }: DisplayedTask): void {
    this.clear();
    this.#shown = { label, bar: countBar(label, total ?? undefined, { unit }) };
  }

  /** Shows how much of the current task is done. */
  update(done: number): void {
    this.#shown?.bar.update(done);
  }

  /** Shows how much of a task is done; starts it where its label isn't the current one. */
  show(task: DisplayedTask & { readonly done: number }): void {
    if (this.#shown?.label !== task.label) this.start(task);
    this.update(task.done);
  }

  /** Ends the current task, if there is one. */
  clear(): void {
    this.#shown?.bar.stop();
    this.#shown = null;
  }
}
