/**
 * What a network wants its pixels to be: value = (byte − mean) · scale, channels in `order`, NHWC
 * inside the engine.
 */
export interface InputConvention {
  readonly order: 'RGB' | 'BGR';
  readonly mean: number;
  readonly scale: number;
}

/** Where a backbone's input convention comes from. */
export type ConventionOrigin =
  /** Somebody said so: a flag, a setting, the run that trained a head. */
  | { readonly kind: 'given' }
  /** The file itself is known, or says so: `by` is who feeds it so. */
  | { readonly kind: 'file'; readonly by: string }
  /** The names of its arrays are those of `by`, whose code feeds it so. */
  | { readonly kind: 'keys'; readonly by: string }
  /** Its first layers move and scale the pictures; of the order of colours they say nothing. */
  | { readonly kind: 'layers' }
  /** Nothing says: `by` feeds such models so. */
  | { readonly kind: 'default'; readonly by: string };

/** An input convention, and where it comes from. */
export interface OriginatedConvention {
  readonly input: InputConvention;
  readonly origin: ConventionOrigin;
}
