/**
 * What `of` makes of each item, in the items' order, with `atOnce` under way at a time.
 * @throws the first failure; nothing more is begun after it
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  atOnce: number,
  of: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let [next, failed] = [0, false];
  const worker = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await of(items[index]!, index);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
