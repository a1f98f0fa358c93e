import { bytes } from '../../components/format';

const MIB = 2 ** 20;
/** Bounds to choose from, in bytes: each about twice the one before. */
const BOUNDS = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536].map(
  (size) => size * MIB,
);

/** The bounds to choose from as text, with the one in force among them. */
export function boundChoices(quotaBytes: number): { value: string; label: string }[] {
  return [...new Set([...BOUNDS, quotaBytes])]
    .sort((a, b) => a - b)
    .map((size) => ({ value: String(size), label: bytes(size) }));
}
