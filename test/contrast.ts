/**
 * The contrast of an element's text with the fill of another that lies behind it, as WCAG defines
 * it: 1 to 21.
 * @param behind has a fill that nothing shines through
 */
export function contrastOf(text: Element, behind: Element): number {
  const [one, other] = [
    luminance(getComputedStyle(text).color),
    luminance(getComputedStyle(behind).backgroundColor),
  ];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** Relative luminance of a colour in any form that CSS has for it. */
function luminance(colour: string): number {
  const context = new OffscreenCanvas(1, 1).getContext('2d')!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((byte) => {
    const share = byte / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
