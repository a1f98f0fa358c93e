/** Rows above and below those in view that are drawn as well, so that scrolling shows no gaps. */
const BEYOND = 4;

/**
 * The rows of a list that are worth drawing.
 * @param top how far the list is scrolled, in pixels
 * @param height of the part in view, in pixels
 * @param rowHeight of each row, in pixels
 * @returns the first row, and the one after the last
 */
export function rowsInView(
  top: number,
  height: number,
  rowHeight: number,
  rows: number,
): { readonly from: number; readonly to: number } {
  const first = Math.floor(top / rowHeight) - BEYOND;
  const last = Math.ceil((top + height) / rowHeight) + BEYOND;
  const from = Math.max(0, Math.min(first, rows - 1));
  return { from, to: Math.max(from, Math.min(rows, last)) };
}
