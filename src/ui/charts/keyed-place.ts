/** A page of points, as a share of all. */
const PAGE = 0.1;

/**
 * The point that a key leads to, on a chart that is read with the keyboard: arrows one further,
 * Page Up and Page Down a tenth of all, Home and End to the ends.
 * @param now the point read at present; null for none
 * @param first @param last points in view; the last below the first if there are none
 * @returns null if the key does nothing here
 */
export function keyedPlace(
  key: string,
  now: number | null,
  first: number,
  last: number,
): number | null {
  if (last < first) return null;
  const page = Math.max(1, Math.round((last - first + 1) * PAGE));
  const within = (place: number) => Math.max(first, Math.min(last, place));
  switch (key) {
    case 'ArrowLeft':
      return now === null ? last : within(now - 1);
    case 'ArrowRight':
      return now === null ? first : within(now + 1);
    case 'PageUp':
      return now === null ? last : within(now - page);
    case 'PageDown':
      return now === null ? first : within(now + page);
    case 'Home':
      return first;
    case 'End':
      return last;
    default:
      return null;
  }
}
