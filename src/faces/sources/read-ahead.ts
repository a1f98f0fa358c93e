/**
 * Keeps up to `size` items of a stream ready while the reader is busy with the one before; then the
 * stream waits. Order is kept; a failure is met where its item would have come. A reader that
 * leaves early closes the stream.
 */
export async function* readAhead<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  const waiting: Promise<IteratorResult<T>>[] = [];
  const ask = () => {
    // An async generator queues its next() calls, so that several may be under way at once.
    const next = iterator.next();
    // Met when its turn comes; until then it must not count as unhandled.
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
