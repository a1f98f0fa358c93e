import { readingOrder } from './ijb-pictures';
import { readPictureGroups, type ReadingTools } from './read-release';

/** How long the reading of a release will take on this machine: plain data. */
export interface ReadingEstimate {
  /** Pictures that are still to be read. */
  readonly pictures: number;
  /** Pictures that were read to measure it. */
  readonly measured: number;
  readonly seconds: number;
  /** By how many seconds it may well be wrong, either way. */
  readonly within: number;
}

/** What is measured, and callbacks. */
export interface ReadingMeasurement extends ReadingTools {
  /** Pictures, in the order of reading, that needn't be read. */
  readonly kept: number;
  /** Milliseconds after which no further group is read. */
  readonly milliseconds?: number;
  /** @param spent share 0..1 of the time that it will take */
  readonly onProgress?: (spent: number) => void;
  /** Awaited after each group: lets a worker handle messages, and throws to abort. */
  readonly yieldToEventLoop?: () => Promise<void>;
}

const MEASURED_MS = 10_000;
/** Pictures that are measured at most. */
const MOST_MEASURED = 10_000;
/** Each is as far as can be from all before it: the golden ratio's fraction. */
const SPREAD = (Math.sqrt(5) - 1) / 2;
/** What is left out of a few seconds: other pictures, a machine that grows warm. */
const LEAST_WITHIN = 0.1;
/** Of a single group, nothing says how much groups differ. */
const WITHIN_OF_ONE = 0.3;

/**
 * Reads pictures from all over a release for about ten seconds, as an evaluation reads them, and
 * keeps nothing of them. The first group, in which the backend makes ready, isn't counted unless it
 * is the only one.
 * @throws what `yieldToEventLoop` and the backend throw
 */
export async function measureReading(options: ReadingMeasurement): Promise<ReadingEstimate> {
  const { release, kept, milliseconds = MEASURED_MS, onProgress, yieldToEventLoop } = options;
  const left = readingOrder(release.pictures).subarray(kept);
  const rows = spread(left);
  const startedAt = performance.now();
  const groups: { readonly pictures: number; readonly seconds: number }[] = [];
  let before = startedAt;
  for await (const { length } of readPictureGroups(options, rows)) {
    const now = performance.now();
    groups.push({ pictures: length, seconds: (now - before) / 1000 });
    before = now;
    onProgress?.(Math.min(1, (now - startedAt) / milliseconds));
    await yieldToEventLoop?.();
    if (now - startedAt >= milliseconds && groups.length > 1) break;
  }
  return { pictures: left.length, ...extrapolated(groups, left.length) };
}

/** Rows from all over those that are left, whichever of them are read in the end. */
function spread(left: Int32Array): Int32Array {
  return Int32Array.from({ length: Math.min(left.length, MOST_MEASURED) }, (_, i) => {
    const place = (i * SPREAD) % 1;
    return left[Math.floor(place * left.length)]!;
  });
}

function extrapolated(
  groups: readonly { readonly pictures: number; readonly seconds: number }[],
  left: number,
): Omit<ReadingEstimate, 'pictures'> {
  const counted = groups.length > 1 ? groups.slice(1) : groups;
  const measured = sum(counted.map(({ pictures }) => pictures));
  if (measured === 0) return { measured, seconds: 0, within: 0 };
  const each = sum(counted.map(({ seconds }) => seconds)) / measured;
  const seconds = each * left;
  const off = counted.map((group) => group.seconds / group.pictures / each - 1);
  const deviation = Math.sqrt(sum(off.map((x) => x * x)) / Math.max(1, off.length - 1));
  const share =
    off.length > 1
      ? Math.max(LEAST_WITHIN, (2 * deviation) / Math.sqrt(off.length))
      : WITHIN_OF_ONE;
  return { measured, seconds, within: share * seconds };
}

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, each) => total + each, 0);
