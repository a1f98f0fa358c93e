import type { NumberRule } from '../../core/schema/schema';

/**
 * How a number is stepped. `digits`: to the next multiple of the unit of its leading digit.
 * `doubling`: twice or half of it; whole numbers go from one power of two to the next.
 */
export type StepKind = 'digits' | 'doubling';

/** The value after one step of a number input. */
export const steppedBy = (
  kind: StepKind,
  value: number,
  direction: 1 | -1,
  rule: NumberRule,
): number => (kind === 'doubling' ? doubled : stepped)(value, direction, rule);

/** Twice or half the value, to twelve digits; of whole numbers, the next power of two. */
function doubled(value: number, direction: 1 | -1, rule: NumberRule): number {
  const { min, max, integer, first = 1 } = rule;
  const within = (next: number) => Math.min(max, Math.max(min, +next.toPrecision(12)));
  if (value <= 0) return within(direction === 1 ? first : min);
  if (!integer) return within(direction === 1 ? 2 * value : value / 2);
  // 0 switches some settings off: it comes below 1.
  if (value === 1 && direction === -1) return within(0);
  const power = Math.log2(value);
  return within(2 ** (direction === 1 ? Math.floor(power) + 1 : Math.ceil(power) - 1));
}

/**
 * The value after one step of a number input: the next multiple of the unit of its leading digit.
 * From 0.004 that is 0.005 or 0.003, from 0.001 it is 0.002 or 0.0009; integers step by 1. A fixed
 * step of 1 would move a learning rate of 0.004 to the end of its range.
 */
export function stepped(
  value: number,
  direction: 1 | -1,
  { min, max, integer, first = max <= 1 ? 0.1 : 1 }: NumberRule,
): number {
  const within = (next: number) => Math.min(max, Math.max(min, +next.toPrecision(12)));
  if (integer) return within(Math.round(value) + direction);
  if (value < 0)
    return within(-stepped(-value, direction === 1 ? -1 : 1, { min: -max, max: -min, first }));
  if (value === 0) return within(direction * first);
  if (direction === -1 && min <= 0 && value <= first * (1 + 1e-9)) return within(0);
  const power = Math.floor(Math.log10(value) + 1e-9);
  // Below a power of ten, the unit of the leading digit is ten times smaller.
  const isPower = Math.abs(value / 10 ** power - 1) < 1e-9;
  const unit = 10 ** (direction === -1 && isPower ? power - 1 : power);
  const units = value / unit;
  const next = direction === 1 ? Math.floor(units + 1e-9) + 1 : Math.ceil(units - 1e-9) - 1;
  return within(next * unit);
}
