/**
 * Waiting before a retry. Milliseconds before each retry of a read that made no progress; after the
 * last one the caller gives up.
 */
export const RETRY_WAITS_MS: readonly number[] = [500, 1000, 2000];

/** Resolves after `ms` milliseconds. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Awaits `waiting`, but rejects with the signal's reason as soon as the signal aborts. */
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
