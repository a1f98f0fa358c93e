/** "+1.3", "−0.2": a margin with its sign. */
export const marginText = (margin: number): string =>
  `${margin < 0 ? '−' : '+'}${Math.abs(margin).toFixed(1)}`;
