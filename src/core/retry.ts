/**
 * Waits in milliseconds before each further try of what brought nothing new; after the last of them
 * it is given up.
 */
export const RETRY_WAITS: readonly number[] = [500, 1000, 2000];

/** Resolves after so many milliseconds. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Waits, or rejects as soon as the signal aborts. */
export async function unlessAborted(
  waiting: Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!signal) return waiting;
  signal.throwIfAborted();
  let stop!: () => void;
  const aborted = new Promise<void>((resolve) => (stop = resolve));
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([waiting, aborted]);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
}
