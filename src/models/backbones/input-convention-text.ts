import * as v from 'valibot';
import type { Schema } from '../../core/schema/schema';
import { badSetting } from '../../core/schema/setting-rules';
import type { ConventionOrigin, InputConvention } from '../../engine/input-convention';

/*
 * Input conventions as text. The first two functions read and write the setting `inputConvention`;
 * the last two phrase a convention and its origin for a person.
 */

const EXPECTED = '"auto", or order, mean and divisor such as "RGB 127.5 128"';

/** A text that {@link parseInputConvention} reads. */
export const inputConventionText: Schema<string> = v.pipe(
  v.string(EXPECTED),
  v.check((text) => text === 'auto' || conventionIn(text) !== null, EXPECTED),
);

/**
 * Reads the setting `inputConvention`: `auto`, or order, mean and divisor such as `RGB 127.5 128`.
 * @returns null for `auto`
 * @throws StudioError `bad-config`
 */
export function parseInputConvention(text: unknown): InputConvention | null {
  if (text === 'auto') return null;
  const found = typeof text === 'string' ? conventionIn(text) : null;
  if (!found) throw badSetting('inputConvention', text, EXPECTED);
  return found;
}

function conventionIn(text: string): InputConvention | null {
  const [, order, mean, divisor] = /^(RGB|BGR) (-?[\d.]+) ([\d.]+)$/.exec(text) ?? [];
  if (!order || !Number.isFinite(Number(mean)) || !Number.isFinite(1 / Number(divisor)))
    return null;
  return {
    order: order === 'RGB' ? 'RGB' : 'BGR',
    mean: Number(mean),
    scale: 1 / Number(divisor),
  };
}

/** Writes a convention in the form that {@link parseInputConvention} reads: `BGR 127.5 128`. */
export function formatInputConvention({ order, mean, scale }: InputConvention): string {
  return `${order} ${mean} ${divisorOf(scale)}`;
}

/** Phrases a convention for a person: `BGR, (x − 127.5) / 128`. */
export function describeInputConvention({ order, mean, scale }: InputConvention): string {
  return `${order}, (x − ${mean}) / ${divisorOf(scale)}`;
}

/**
 * Phrases where a convention comes from, as the end of a sentence about it.
 * @param given the words for a convention that the person set: `as --input-convention says`
 */
export function describeConventionOrigin(origin: ConventionOrigin, given: string): string {
  switch (origin.kind) {
    case 'given':
      return given;
    case 'file':
      return `as ${origin.by} feeds it: the file is known`;
    case 'keys':
      return `as the code of ${origin.by} feeds it, which names its arrays so`;
    case 'layers':
      return 'because its first layers expect that range; nothing says the order of colours';
    case 'default':
      return `as ${origin.by} feeds its models, since nothing in the file says`;
    default:
      return origin satisfies never;
  }
}

/** 1/scale without the rounding of the division: seven digits. */
function divisorOf(scale: number): number {
  return Number((1 / scale).toPrecision(7));
}
