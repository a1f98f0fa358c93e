/**
 * The pixel values that a network expects: (byte − mean) · scale, channels in `order`; NHWC inside
 * the engine.
 */
export interface InputConvention {
  readonly order: 'RGB' | 'BGR';
  readonly mean: number;
  readonly scale: number;
}

/** Where a backbone's input convention comes from. */
export type ConventionOrigin =
  /** From a flag, a setting, or the run that trained a head. */
  | { readonly kind: 'given' }
  /** The file is known, or names its convention; `by` is the project that uses it. */
  | { readonly kind: 'file'; readonly by: string }
  /** The names of its arrays are those of the project `by`, whose code uses this convention. */
  | { readonly kind: 'keys'; readonly by: string }
  /** Its first layers shift and scale the pictures; the order of colours stays unknown. */
  | { readonly kind: 'layers' }
  /** Unknown: this is what the project `by` uses for such models. */
  | { readonly kind: 'default'; readonly by: string };

/** An input convention and its origin. */
export interface OriginatedConvention {
  readonly input: InputConvention;
  readonly origin: ConventionOrigin;
}
