/** Whether a person has asked by Ctrl-C that long work ends early. */
export interface Interruption {
  readonly isStopped: () => boolean;
  /** Stops listening. */
  dispose(): void;
}

/** Listens for Ctrl-C. The first asks the work to end; a second ends the process at once. */
export function untilInterrupted(): Interruption {
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  // Node ends the process by itself where nobody listens, as after the first time.
  process.once('SIGINT', stop);
  return {
    isStopped: () => stopped,
    dispose: () => {
      process.off('SIGINT', stop);
    },
  };
}
