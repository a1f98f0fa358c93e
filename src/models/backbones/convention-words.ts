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
