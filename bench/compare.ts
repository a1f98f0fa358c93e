import { chromium, type BrowserContext, type Page } from 'playwright';
import { placeAddress } from '../e2e/places';
import { findChromium, headlessFlags } from '../test/chromium';
import { onBuiltPage } from './built-page';
import { median } from './median';

const VISITS = 5;
const PRESSES = 10;

/** How soon the built page has compared two faces, and how soon a slider changes the verdict. */
export default async function compare(): Promise<Record<string, unknown>> {
  return onBuiltPage([], async ({ address, context, visitAgain }) => {
    const compareAddress = new URL(placeAddress('Compare', 'preset=demo'), address).href;
    const cold: number[] = [];
    for (let i = 0; i < VISITS; i++) cold.push(await firstVisit(compareAddress));
    // Fills the profile's caches.
    await toVerdict(context, compareAddress);
    const warm: number[] = [];
    let slider: number[] = [];
    for (let i = 0; i < VISITS; i++) {
      const { page, milliseconds } = await toVerdict(await visitAgain(), compareAddress);
      warm.push(milliseconds);
      if (i === VISITS - 1) slider = await sliderTimes(page);
    }
    return {
      coldMilliseconds: median(cold),
      warmMilliseconds: median(warm),
      sliderMilliseconds: median(slider),
      cold,
      warm,
      slider,
    };
  });
}

/** A visit by a browser that has never been there. */
async function firstVisit(address: string): Promise<number> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: headlessFlags });
  try {
    return (await toVerdict(await browser.newContext(), address)).milliseconds;
  } finally {
    await browser.close();
  }
}

/** Milliseconds from the navigation to the frame that shows the verdict on two faces. */
async function toVerdict(
  context: BrowserContext,
  address: string,
): Promise<{ page: Page; milliseconds: number }> {
  const page = await context.newPage();
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('[data-testid="verdict"]')) return;
      observer.disconnect();
      requestAnimationFrame(() =>
        setTimeout(() => Object.assign(window, { verdictAt: performance.now() })),
      );
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(address, { waitUntil: 'commit' });
  const found = await page.waitForFunction(
    () => (window as { verdictAt?: number }).verdictAt,
    undefined,
    { timeout: 120_000 },
  );
  return { page, milliseconds: (await found.jsonValue())! };
}

/** Milliseconds from each press of a key on the blur slider of B to the frame of the new verdict. */
async function sliderTimes(page: Page): Promise<number[]> {
  const slider = page.getByRole('slider', { name: 'Blur, face B' });
  await slider.focus();
  // The first step from 0 leaves the picture as it is.
  for (let i = 0; i < 3; i++) await slider.press('ArrowRight');
  await page.waitForTimeout(2000);
  const times: number[] = [];
  for (let i = 0; i < PRESSES; i++) {
    const changed = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const card = document.querySelector<HTMLElement>('[data-testid="verdict"]')!;
          const before = card.dataset.score;
          let pressedAt = 0;
          window.addEventListener('keydown', () => (pressedAt = performance.now()), {
            once: true,
            capture: true,
          });
          new MutationObserver((_, observer) => {
            if (card.dataset.score === before) return;
            observer.disconnect();
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - pressedAt)));
          }).observe(card, { attributes: true });
        }),
    );
    await page.waitForTimeout(200);
    await slider.press('ArrowRight');
    times.push(await changed);
  }
  return times;
}
