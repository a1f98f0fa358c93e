import type { CDPSession } from 'playwright';

/** What was seen of a page's memory, at most. */
export interface MemoryPeak {
  /** Objects, array buffers and what the page's own machinery holds for them. */
  readonly bytes: number;
  /** Of those, array buffers. */
  readonly bufferBytes: number;
}

/**
 * Asks for the page's memory until the function returned is called, which gives the most that was
 * seen.
 */
export function watchMemory(session: CDPSession): () => Promise<MemoryPeak> {
  let [bytes, bufferBytes, done] = [0, 0, false];
  const look = async () => {
    const { usedSize, backingStorageSize, embedderHeapUsedSize } =
      await session.send('Runtime.getHeapUsage');
    bytes = Math.max(bytes, usedSize + backingStorageSize + embedderHeapUsedSize);
    bufferBytes = Math.max(bufferBytes, backingStorageSize);
  };
  const watching = (async () => {
    while (!done) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  // If the page fails, its browser is closed meanwhile; report that first failure.
  watching.catch(() => undefined);
  return async () => {
    done = true;
    await watching;
    await look();
    return { bytes, bufferBytes };
  };
}
