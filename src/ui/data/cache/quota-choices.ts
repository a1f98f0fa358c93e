import type { CacheState } from '../../../studio/protocol';
import { bytes } from '../../components/format';

const GIB = 2 ** 30;
const CHOICES = [0, 1, 2, 5, 10, 20, 50].map((size) => size * GIB);

/**
 * The limits to choose from: none above what the browser says is used or free, and always the
 * current one.
 * @returns for each limit its bytes as text, and its label
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
