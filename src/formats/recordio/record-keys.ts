/** Records with consecutive keys: the place of the first one, and its key. */
export interface KeyRun {
  readonly place: number;
  readonly key: number;
}

/** The same array if it ascends already, else a sorted copy. */
export function ordered(values: Float64Array): Float64Array {
  for (let i = 1; i < values.length; i++)
    if (values[i]! < values[i - 1]!) return values.slice().sort();
  return values;
}

/** A number that is there twice, of numbers in ascending order; null if there is none. */
export function duplicateIn(ascending: Float64Array): number | null {
  for (let i = 1; i < ascending.length; i++)
    if (!(ascending[i]! > ascending[i - 1]!)) return ascending[i]!;
  return null;
}

/** A key that two records have; null if there is none. @param count number of records */
export function duplicateKey(keys: readonly KeyRun[] | Float64Array, count: number): number | null {
  if (keys instanceof Float64Array) return duplicateIn(ordered(keys));
  const spans = keys
    .map(({ place, key }, i) => ({ from: key, to: key + (keys[i + 1]?.place ?? count) - place }))
    .sort((a, b) => a.from - b.from);
  return spans.find(({ from }, i) => i > 0 && from < spans[i - 1]!.to)?.from ?? null;
}

/**
 * Binary search: how many of the indices 0 to `length` − 1 fulfil a condition that holds up to one.
 */
export function countUpTo(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
