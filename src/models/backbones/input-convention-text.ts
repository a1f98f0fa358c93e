import { badSetting } from '../../core/setting-rules';
import type { ConventionOrigin, InputConvention } from '../../engine/input-convention';

/** What a network is fed, as a person reads it: `BGR, (x − 127.5) / 128`. */
export function conventionWords({ order, mean, scale }: InputConvention): string {
  return `${order}, (x − ${mean}) / ${Number((1 / scale).toPrecision(7))}`;
}

/**
 * Why a network is fed so, as the end of a sentence.
 * @param given where it was said, for a convention that was: `as --input-convention says`
 */
export function originWords(origin: ConventionOrigin, given: string): string {
  switch (origin.kind) {
    case 'given':
      return given;
    case 'file':
      return `as ${origin.by} feeds it: the file is known`;
    case 'keys':
      return `as the code of ${origin.by} feeds it, whose names its arrays have`;
    case 'layers':
      return 'as its first layers are made for such numbers; the order of colours nothing says';
    case 'default':
      return `as ${origin.by} feeds its models, since nothing in the file says`;
    default:
      return origin satisfies never;
  }
}

/**
 * Reads a run's `inputConvention`: order, mean and divisor. null for `auto`.
 * @throws StudioError `bad-config`
 */
export function parseInputConvention(text: unknown): InputConvention | null {
  if (text === 'auto') return null;
  const [, order, mean, divisor] =
    (typeof text === 'string' && /^(RGB|BGR) (-?[\d.]+) ([\d.]+)$/.exec(text)) || [];
  if (!order || !Number.isFinite(Number(mean)) || !(Number(divisor) > 0))
    throw badSetting(
      'inputConvention',
      text,
      '"auto", or order, mean and divisor such as "RGB 127.5 128"',
    );
  return {
    order: order as InputConvention['order'],
    mean: Number(mean),
    scale: 1 / Number(divisor),
  };
}

/** An input convention as {@link parseInputConvention} reads it. */
export function conventionText({ order, mean, scale }: InputConvention): string {
  return `${order} ${mean} ${Number((1 / scale).toPrecision(7))}`;
}
