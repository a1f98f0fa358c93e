/**
 * Reads up to `size` items ahead while the consumer is busy, then pauses the stream. The order is
 * preserved, and an error is thrown where its item would have come. If the consumer stops early,
 * the stream is closed.
 */
export async function* readAhead<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  const waiting: Promise<IteratorResult<T>>[] = [];
  const ask = () => {
    // An async generator queues calls of next(), so several may be pending.
    const next = iterator.next();
    // An error is rethrown when its turn comes; until then it must not count as unhandled.
    next.catch(() => undefined);
    waiting.push(next);
  };
  try {
    for (;;) {
      if (waiting.length === 0) ask();
      const { done, value } = await waiting.shift()!;
      if (done) return;
      while (waiting.length < size) ask();
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
