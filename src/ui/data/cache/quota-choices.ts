import type { CacheState } from '../../../studio/protocol';
import { bytes } from '../../components/format';

const GIB = 2 ** 30;
const CHOICES = [0, 1, 2, 5, 10, 20, 50].map((size) => size * GIB);

/**
 * How much may be kept, to choose from: no more than is used or free by the browser's word, and
 * always what holds now.
 * @returns bytes as text, and in words
 */
export function quotaChoices({
  bytes: used,
  freeBytes,
  quotaBytes,
}: Pick<CacheState, 'bytes' | 'freeBytes' | 'quotaBytes'>): { value: string; label: string }[] {
  const most = freeBytes === null ? Infinity : used + freeBytes;
  const sizes = [...new Set([...CHOICES.filter((size) => size <= most), quotaBytes])].sort(
    (a, b) => a - b,
  );
  return sizes.map((size) => ({
    value: String(size),
    label: size === 0 ? 'nothing' : bytes(size),
  }));
}
