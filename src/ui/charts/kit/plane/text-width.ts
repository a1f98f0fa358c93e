/** The page's font, in pictures too. */
export const FONT = "'Inter Variable', Inter, system-ui, sans-serif";

let ruler: CanvasRenderingContext2D | null | undefined;
const known = new Map<string, number>();

/** The width of a text in the page's font, in pixels. Widths are measured once. */
export function textWidth(text: string, size = 13, weight = 400): number {
  const key = `${weight} ${size} ${text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  ruler ??= document.createElement('canvas').getContext('2d');
  if (!ruler) return 0.6 * size * text.length;
  ruler.font = `${weight} ${size}px ${FONT}`;
  const { width } = ruler.measureText(text);
  // Another width is right once the font has been loaded.
  if (document.fonts.check(ruler.font)) known.set(key, width);
  return width;
}
