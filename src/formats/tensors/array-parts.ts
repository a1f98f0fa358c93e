import { product } from './stored-tensors';
import type { TensorFile } from './tensor-file';

/** Bytes of an array that are read or written at once: larger arrays go in parts. */
const MAX_PART_BYTES = 2 ** 25;

/** Rows `from` to `from + count` along an array's first axis. */
export interface RowRange {
  readonly from: number;
  readonly count: number;
}

/**
 * Divides a float32 array into parts of whole rows, of at most this many bytes where a row isn't
 * larger. null for an array that is small enough, or has no rows.
 */
export function rowRanges(
  shape: readonly number[],
  maxBytes = MAX_PART_BYTES,
): readonly RowRange[] | null {
  const [rows] = shape;
  const bytes = 4 * product(shape);
  if (rows === undefined || bytes <= maxBytes) return null;
  const count = Math.max(1, Math.floor(maxBytes / (bytes / rows)));
  return Array.from({ length: Math.ceil(rows / count) }, (_, index) => ({
    from: index * count,
    count: Math.min(count, rows - index * count),
  }));
}

/** An array of a file in parts as {@link rowRanges} divides it. @throws as the file does */
export async function* arrayParts(file: TensorFile, name: string): AsyncGenerator<Float32Array> {
  const ranges = rowRanges(file.entries.get(name)?.shape ?? []);
  if (!ranges) yield await file.read(name);
  else for (const { from, count } of ranges) yield await file.readRows(name, from, count);
}
