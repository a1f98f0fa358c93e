/** A number in three figures, thousands and millions by their letters. */
export function shortNumber(value: number): string {
  return Math.abs(value) >= 1e6 ? `${+(value / 1e6).toPrecision(3)}M` : Math.abs(value) >= 1e4 ? `${+(value / 1e3).toPrecision(3)}k` : String(+value.toPrecision(3));
}
