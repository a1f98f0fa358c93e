import { toBlob } from 'html-to-image';
import { download } from '../components/download';

/** Marks controls, which are hidden while the picture is made. */
export const notOnSlide = { 'data-not-on-slide': true } as const;

/**
 * Saves a part of the page as a PNG of twice its size. It is drawn in the page: nothing is fetched.
 * @throws Error if the browser can't draw it
 */
export async function saveSlide(element: HTMLElement): Promise<void> {
  const controls = [...element.querySelectorAll<HTMLElement>('[data-not-on-slide]')];
  const before = controls.map(({ style }) => style.display);
  for (const { style } of controls) style.display = 'none';
  try {
    const backgroundColor = getComputedStyle(document.body).backgroundColor;
    const blob = await toBlob(element, { pixelRatio: 2, backgroundColor, skipFonts: true });
    if (!blob) throw new Error('the browser gave no picture');
    download(`verification-${new Date().toISOString().slice(0, 10)}.png`, blob);
  } finally {
    controls.forEach(({ style }, i) => (style.display = before[i]!));
  }
}
