import { getFontEmbedCSS, toBlob, toSvg } from 'html-to-image';
import { download } from '../components/download';

/** Marks controls, which are left out of the picture. */
export const notOnSlide = { 'data-not-on-slide': true } as const;

/** Pixels of the picture for each of the page: sharp on a projector, and when it is enlarged. */
export const SLIDE_PIXEL_RATIO = 3;

/** Pixels of the page around what is saved. */
const MARGIN = 24;

/** Whether a node is in the picture: not the controls. */
const isOnSlide = (node: Node): boolean =>
  !(node instanceof HTMLElement && node.dataset.notOnSlide !== undefined);

/**
 * A part of the page as a PNG, without its controls. It is drawn in the page, of the page's own
 * files.
 * @throws Error if the browser can't draw it
 */
export async function slideOf(element: HTMLElement): Promise<Blob> {
  const blob = await drawn(element, toBlob);
  if (!blob) throw new Error('the browser gave no picture');
  return blob;
}

/** The same as the address of an SVG picture, of which {@link slideOf} makes its own. */
export const slideMarkup = (element: HTMLElement): Promise<string> => drawn(element, toSvg);

/** Saves a part of the page as a PNG. @throws Error as {@link slideOf} */
export async function saveSlide(element: HTMLElement): Promise<void> {
  download(`comparison-${new Date().toISOString().slice(0, 10)}.png`, await slideOf(element));
}

async function drawn<T>(
  element: HTMLElement,
  draw: (element: HTMLElement, options: Parameters<typeof toBlob>[1]) => Promise<T>,
): Promise<T> {
  const { width, height } = element.getBoundingClientRect();
  // Of what is on show: a copy that isn't in the page doesn't tell its fonts.
  const fontEmbedCSS = await getFontEmbedCSS(element);
  const restore = inlineDrawings(element);
  try {
    return await draw(element, {
      pixelRatio: SLIDE_PIXEL_RATIO,
      width: Math.ceil(width) + 2 * MARGIN,
      height: Math.ceil(height) + 2 * MARGIN,
      // A pixel wider: the texts are laid out anew, and may need a fraction more.
      style: { margin: `${MARGIN}px`, width: `${Math.ceil(width) + 1}px` },
      backgroundColor: getComputedStyle(document.body).backgroundColor,
      filter: isOnSlide,
      fontEmbedCSS,
    });
  } finally {
    restore();
  }
}

/** What style sheets say of the drawings of this place. */
const DRAWN = [
  ...['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stop-color', 'opacity'],
  ...['font-size', 'font-weight', 'font-family', 'text-anchor', 'paint-order'],
];

/**
 * Writes into each drawing how it is drawn: html-to-image copies drawings as they stand, without
 * what style sheets say of their parts.
 * @returns puts them back as they were
 */
function inlineDrawings(element: HTMLElement): () => void {
  const parts = [...element.querySelectorAll<SVGElement>('svg *')];
  const before = parts.map((part) => part.getAttribute('style'));
  const styles = parts.map((part) => {
    const computed = getComputedStyle(part);
    return DRAWN.map((name) => `${name}:${computed.getPropertyValue(name)}`).join(';');
  });
  parts.forEach((part, i) => part.setAttribute('style', `${before[i] ?? ''};${styles[i]}`));
  return () =>
    parts.forEach((part, i) => {
      if (before[i] === null) part.removeAttribute('style');
      else part.setAttribute('style', before[i]!);
    });
}
