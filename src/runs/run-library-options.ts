import type { RunLock } from './keeping/run-work';

/** What a library needs to know of the programs that use its store. */
export interface RunLibraryOptions {
  /**
   * Whether another program, or another tab, trains the run at the moment. Without it no other can.
   */
  readonly isTrainedElsewhere?: (id: string) => boolean | Promise<boolean>;
  /** Keeps other programs from a run while it is changed. Without it no other uses the store. */
  readonly lock?: RunLock;
  /**
   * Called when a run was made, changed, removed or taken back, so that the other programs that use
   * the store can forget it, and lists be read again.
   */
  readonly onChange?: (id: string) => void;
  /** Called with a sentence about what is damaged, or was thrown away, once. */
  readonly onProblem?: (sentence: string) => void;
  /** The clock, in milliseconds since the Unix epoch. */
  readonly now?: () => number;
}
