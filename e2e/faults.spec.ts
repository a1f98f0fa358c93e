import { expect, test, type Page } from '@playwright/test';
import { openPlace, openSettings, placeAddress, placeShown, PLACES, unfolded } from './places';

/** One shard of the demo set, small batches, a checkpoint every five steps. */
const ONE_SHARD = 'preset=demo&shards=shards/demo/demo-0000.tar&batchSize=8&checkpointEvery=5';

async function start(page: Page, settings: string): Promise<void> {
  await page.goto(placeAddress('Train', settings));
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
  await page.getByRole('button', { name: /^Start the/ }).click();
}

/** Closes what is open over the page, and waits: while it goes, keys are still its own. */
async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

test('a connection that breaks in the middle of a shard is resumed without loss', async ({
  page,
  context,
}) => {
  let requests = 0;
  await context.route('**/demo-0000.tar', async (route) => {
    // A HEAD request identifies the shard first, and doesn't count.
    if (route.request().method() === 'HEAD') return route.continue();
    const response = await route.fetch();
    if (requests++ > 0) return route.fulfill({ response });
    const whole = await response.body();
    const body = whole.subarray(0, Math.floor(whole.length / 2));
    await route.fulfill({
      response,
      body,
      headers: { ...response.headers(), 'content-length': String(body.length) },
    });
  });
  await start(page, `${ONE_SHARD}&epochs=1`);
  await expect(page.getByTestId('run-state')).toHaveText('finished', { timeout: 120_000 });
  // The broken one, the one that resumes it, one for the held-out pictures at the end, and one for
  // the faces that the charts show.
  await expect(page.getByRole('heading', { name: 'Least sure' })).toBeVisible();
  await expect.poll(() => requests).toBe(4);
  await openPlace(page, 'Data');
  await unfolded(page, 'The last run’s data');
  const figure = async (name: string) =>
    Number(
      (await page.getByRole('row', { name }).getByRole('cell').last().textContent())!.replace(
        ',',
        '',
      ),
    );
  // In one shard of six some people have a single picture. Those are left out and reported.
  const singles = await page
    .getByText(/people have one picture each/)
    .first()
    .textContent();
  const left = Number(/(\d+) people have one/.exec(singles!)![1]);
  expect(
    (await figure('Pictures trained on')) + (await figure('Pictures of people held out')) + left,
  ).toBe(800);
  // The Data view looks at the shard automatically, and may still be reading it.
  await context.unrouteAll({ behavior: 'ignoreErrors' });
});

test('a reload in the middle of an epoch loses only steps after the last checkpoint', async ({
  page,
}) => {
  await start(page, `${ONE_SHARD}&epochs=300`);
  await expect
    .poll(async () => Number(await page.getByTestId('step').textContent({ timeout: 120_000 })), {
      timeout: 120_000,
    })
    .toBeGreaterThan(30);
  const reached = Number(await page.getByTestId('step').textContent());
  await page.reload();
  const title = page.getByText(/A run saved at step \d+/);
  await expect(title).toBeVisible({ timeout: 60_000 });
  const saved = Number(/step (\d+)/.exec((await title.textContent())!)![1]);
  // A checkpoint every 5 steps. The last one may still be being written; no step beyond the next
  // one is taken before it is.
  expect(reached - saved).toBeLessThanOrEqual(2 * 5);
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await expect
    .poll(async () => Number(await page.getByTestId('step').textContent({ timeout: 60_000 })), {
      timeout: 60_000,
    })
    .toBeGreaterThan(saved);
});

test('every place, and what opens over it, is there without a network', async ({
  page,
  context,
}) => {
  // Nothing that is loaded when the page is idle waits for the studio's worker.
  await context.route('**/studio.worker-*.js', (route) => route.abort());
  await page.goto('/?backend=wasm');
  await expect(placeShown(page, 'Compare')).not.toBeEmpty();
  await page.waitForLoadState('networkidle');
  await context.setOffline(true);
  for (const name of PLACES) {
    await openPlace(page, name);
    await expect(placeShown(page, name)).not.toBeEmpty();
    await expect(page.getByRole('progressbar', { name: 'Loading the view' })).toHaveCount(0);
    await expect(page.getByText('could not be drawn')).toHaveCount(0);
  }
  await openSettings(page);
  await closeDialog(page);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await closeDialog(page);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('textbox', { name: 'Commands' })).toBeFocused();
});

test('denied storage is reported, and the run continues', async ({ page }) => {
  await page.route('**/assets/studio.worker-*.js', async (route) => {
    const response = await route.fetch();
    const denied =
      'navigator.storage.getDirectory = () => Promise.reject(new DOMException("denied", ' +
      '"SecurityError"));\n';
    await route.fulfill({ response, body: denied + (await response.text()) });
  });
  await start(page, `${ONE_SHARD}&epochs=1`);
  await expect(page.getByRole('alert').filter({ hasText: 'refuses to keep runs' })).toBeVisible({
    timeout: 120_000,
  });
  await expect(page.getByTestId('run-state')).toHaveText('finished', { timeout: 120_000 });
});

test('a second tab watches the run, and can resume it once the first tab is closed', async ({
  page,
  context,
}) => {
  await start(page, `${ONE_SHARD}&epochs=300`);
  await expect
    .poll(async () => Number(await page.getByTestId('step').textContent({ timeout: 120_000 })), {
      timeout: 120_000,
    })
    .toBeGreaterThan(10);
  const second = await context.newPage();
  await second.goto(placeAddress('Train'));
  const banner = second.getByText('Another tab has the run');
  await expect(banner).toBeVisible({ timeout: 60_000 });
  await expect(second.getByTestId('run-state')).toHaveText('running');
  const seen = Number(await second.getByTestId('step').textContent());
  await expect
    .poll(async () => Number(await second.getByTestId('step').textContent()))
    .toBeGreaterThan(seen);
  for (const name of ['Pause', 'Step', 'Stop'])
    await expect(second.getByRole('button', { name, exact: true })).toHaveCount(0);
  const settings = await openSettings(second);
  await expect(settings.getByRole('textbox', { name: 'Pictures' })).toHaveValue(
    'shards/demo/demo-0000.tar',
  );
  await second.keyboard.press('Escape');
  await page.close();
  await expect(banner).toHaveCount(0, { timeout: 30_000 });
  const offer = second.getByText(/A run saved at step \d+/);
  await expect(offer).toBeVisible();
  const saved = Number(/step (\d+)/.exec((await offer.textContent())!)![1]);
  await second.getByRole('button', { name: 'Resume', exact: true }).click();
  await expect
    .poll(async () => Number(await second.getByTestId('step').textContent({ timeout: 60_000 })), {
      timeout: 60_000,
    })
    .toBeGreaterThan(saved);
  await expect(second.getByRole('alert')).toHaveCount(0);
});
