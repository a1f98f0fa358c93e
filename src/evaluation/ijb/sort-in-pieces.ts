/** Values that are sorted at a time: some hundredths of a second. */
const PIECE = 2 ** 17;

/**
 * Sorts millions of values in place, stably, and lets others have a turn between the pieces: the
 * sort of the language takes seconds in one go.
 * @param compare as of `Array.sort`; ascending by default
 * @param yieldToEventLoop awaited between pieces; what it throws ends the sorting, which leaves the
 * values in any order
 */
export async function sortInPieces(
  values: Float64Array | Uint32Array,
  {
    compare,
    yieldToEventLoop,
    piece = PIECE,
  }: {
    readonly compare?: (a: number, b: number) => number;
    readonly yieldToEventLoop?: (() => Promise<void>) | undefined;
    readonly piece?: number;
  } = {},
): Promise<void> {
  const { length } = values;
  for (let start = 0; start < length; start += piece) {
    values.subarray(start, start + piece).sort(compare);
    await yieldToEventLoop?.();
  }
  let from = values;
  let to: typeof values = values.slice();
  for (let width = piece; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      merge(from, to, start, width, compare ?? ((a, b) => a - b));
      await yieldToEventLoop?.();
    }
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
}

/** Merges two sorted neighbours, the first of which begins at `start` and is `width` long. */
function merge(
  from: Float64Array | Uint32Array,
  to: Float64Array | Uint32Array,
  start: number,
  width: number,
  compare: (a: number, b: number) => number,
): void {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(middle + width, from.length);
  let [left, right] = [start, middle];
  for (let at = start; at < end; at++) {
    const isLeft = left < middle && (right >= end || compare(from[left]!, from[right]!) <= 0);
    to[at] = isLeft ? from[left++]! : from[right++]!;
  }
}
