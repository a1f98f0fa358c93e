/** Something for each figure of a method: its value, its interval … */
export interface Figures<T> {
  readonly accuracy: T;
  /** By the FAR as text. */
  readonly tarAtFar: Readonly<Record<string, T>>;
  readonly auc: T;
}

/** A 95 % interval: its lower and its upper end. */
export type Interval = readonly [low: number, high: number];

/** How far a method's figure lies from cosine's on the same pairs. */
export interface Difference {
  /** The method's figure less cosine's, −1..1. */
  readonly value: number;
  /** By a paired bootstrap: both methods are measured on the same resamples. */
  readonly interval: Interval | null;
}

/** Whether the interval of a difference lies wholly above zero: better by more than chance. */
export const isBetter = (difference: Difference | null | undefined): boolean =>
  (difference?.interval?.[0] ?? 0) > 0;
