import { expect, test, type Page } from '@playwright/test';
import { placeAddress } from './places';

const ELSEWHERE = 'https://elsewhere.example/';

/** Tries to fetch from another machine, in the page and in the worker; counts the requests. */
async function tryToReach(page: Page): Promise<{ page: string; worker: string; left: number }> {
  let left = 0;
  await page.context().route(`${ELSEWHERE}**`, (route) => {
    left++;
    return route.fulfill({ body: 'reached', headers: { 'access-control-allow-origin': '*' } });
  });
  const ask = (url: string) =>
    fetch(url).then(
      (response) => response.text(),
      () => 'refused',
    );
  const studio = page.workers().find((worker) => worker.url().startsWith('blob:'))!;
  return {
    page: await page.evaluate(ask, ELSEWHERE),
    worker: await studio.evaluate(ask, ELSEWHERE),
    left,
  };
}

async function open(page: Page, search: string): Promise<void> {
  await page.goto(placeAddress('Data', 'preset=demo', `?backend=wasm${search}`));
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

test('the browser lets neither the page nor its worker reach another machine', async ({ page }) => {
  await open(page, '');
  await expect(page.getByTestId('reach').first()).toContainText("connect-src 'self' blob: data:");
  expect(await tryToReach(page)).toEqual({ page: 'refused', worker: 'refused', left: 0 });
  // It does reach its own machine, for samples and backbone.
  await expect(page.getByTestId('samples').getByRole('figure').first()).toBeVisible({
    timeout: 30_000,
  });
});

test('a page that may reach other machines says so, and can be sealed again', async ({ page }) => {
  await open(page, '&network=on');
  await expect(page.getByTestId('reach').first()).toContainText(
    'This page may reach other machines',
  );
  expect((await tryToReach(page)).page).toBe('reached');
  await page.getByRole('link', { name: 'Seal it again' }).click();
  await expect(page.getByTestId('reach').first()).toContainText('no other machine', {
    timeout: 30_000,
  });
});
