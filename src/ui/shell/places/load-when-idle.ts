/** Milliseconds after which the page counts as idle even if it never is. */
const PATIENCE_MS = 3000;

/**
 * Loads scripts one after the other, each when the page has nothing else to do.
 * @returns stops before the next one
 */
export function loadWhenIdle(loads: readonly (() => Promise<unknown>)[]): () => void {
  let isStopped = false;
  void (async () => {
    for (const load of loads) {
      await idle();
      if (isStopped) return;
      // What fails to load is loaded again when it is opened, and says then what is wrong.
      await load().catch(() => undefined);
    }
  })();
  return () => {
    isStopped = true;
  };
}

/** Resolves when the page has nothing to do. */
const idle = (): Promise<void> =>
  new Promise((resolve) => {
    if ('requestIdleCallback' in globalThis)
      requestIdleCallback(() => resolve(), { timeout: PATIENCE_MS });
    else setTimeout(resolve, 200);
  });
