import { expect, test } from '@playwright/test';
import { openPlace, placeAddress, placeShown } from './places';

/** A short real run: enough for κ to be learnt, and short enough for CI. */
const SHORT_RUN = 'preset=demo&epochs=6&checkpointEvery=5';

test('a visitor trains the demo set, compares faces, and finds the run after a reload', async ({
  page,
}) => {
  // The backbone reads 4,800 pictures: minutes on a busy machine.
  test.setTimeout(600_000);
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  await page.goto(placeAddress('Train', SHORT_RUN));
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
  await page.getByRole('button', { name: /^Start the/ }).click();
  await expect(page.getByText(/of 4,\d\d\d pictures/)).toBeVisible({ timeout: 30_000 });
  // The faces come into their map while the first pass embeds them.
  const map = page.getByRole('application', { name: /^A map of \d+ pictures/ });
  await expect(map).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('run-state')).toHaveText('preparing');
  await expect(page.getByTestId('run-state')).toHaveText('finished', { timeout: 420_000 });
  expect(Number(await page.getByTestId('spearman').textContent())).toBeGreaterThan(0.5);
  await expect(
    page.getByRole('application', { name: /^A map of 4,\d\d\d pictures of 2\d\d people/ }),
  ).toBeVisible();
  await page.getByRole('button', { name: 'More charts and files' }).click();
  await expect(page.getByText('Bytes held by the backend')).toBeVisible();

  // A chart that is zoomed zooms all of them, and its values are read by keys.
  const chart = (title: string) => page.getByRole('region', { name: title, exact: true });
  const whole = page.getByRole('button', { name: 'Whole run', exact: true });
  await expect(whole).toBeDisabled();
  await chart('Loss').getByRole('group').focus();
  await page.keyboard.press('+');
  await expect(whole).toBeEnabled();
  // The first point in view, once the chart is drawn again.
  await expect(async () => {
    await page.keyboard.press('Home');
    const readout = chart('Loss').getByRole('status');
    await expect(readout).toHaveText(/^step \d{2,}, loss: .*unsmoothed/, { timeout: 1000 });
  }).toPass({ timeout: 30_000 });
  const kappa = chart('κ, mean of the batch');
  await kappa.getByRole('group').focus();
  await expect(async () => {
    await page.keyboard.press('Home');
    const readout = kappa.getByRole('status');
    await expect(readout).toHaveText(/^step \d{2,}, κ: .* to /, { timeout: 1000 });
  }).toPass({ timeout: 30_000 });
  const band = kappa.getByRole('button', { name: '5–95 % of the batch' });
  await band.press('Space');
  await expect(band).toHaveAttribute('aria-pressed', 'false');
  await expect(page.getByTestId('run-state')).toHaveText('finished');
  await whole.click();
  await expect(whole).toBeDisabled();

  // The run's head is there to be chosen, and doesn't take the studio's place by itself.
  const chip = page.getByTestId('head-chip');
  await expect(chip).toHaveText(/κ by (CelebA|drawn-faces) head/);
  // A dot is a picture: it shows its face, and opens it beside another of the same person.
  const scatter = page.getByRole('region', { name: /^κ against cos θ/ });
  await scatter.getByRole('group').focus();
  await page.keyboard.press('Home');
  const dot = page.getByTestId('dot-face');
  await expect(dot).toContainText(/Person \d+.*κ \d+.*picture /, { timeout: 30_000 });
  const person = /Person (\d+)/.exec((await dot.textContent())!)![1];
  await page.keyboard.press('Enter');
  for (const side of ['Face A', 'Face B'])
    await expect(
      placeShown(page, 'Compare').getByRole('region', { name: side }).getByRole('img').first(),
    ).toHaveAccessibleName(new RegExp(`person ${person}\\b`), { timeout: 60_000 });
  await openPlace(page, 'Train');

  // What next: the two pictures that are shown are compared with the run's head.
  const next = page.getByRole('region', { name: 'What next' });
  await expect(next).toContainText(/Finished: the head has learnt.*ρ = 0\.\d\d/);
  await next.getByRole('button', { name: 'Compare two faces with it' }).click();
  await expect(chip.first()).toHaveText(/κ by this run, step \d+/, { timeout: 30_000 });
  // Two clear pictures of one person.
  const faceA = page.getByRole('region', { name: 'Face A' });
  await faceA
    .getByRole('button', { name: /Person .* as face A/ })
    .nth(2)
    .click();
  await page
    .getByRole('region', { name: 'Face B' })
    .getByRole('button', { name: /Person .* as face B/ })
    .nth(3)
    .click();
  await expect(page.getByTestId('scf-score')).toHaveText(/-?\d+\.\d\d/, { timeout: 30_000 });
  const verdict = page.getByTestId('verdict');
  await expect(verdict).toHaveAttribute('data-method', 'scf-calibrated');
  await expect(verdict).toContainText(/Same person.*pairs of strangers/);
  await expect(page.getByTestId('kappa-a-place')).toHaveText(
    /^surer than .*the head’s validation pictures$/,
  );
  // One click away: the score of the paper.
  await page.getByRole('textbox', { name: 'Verdict by' }).click();
  await page.getByRole('option', { name: 'By SCF', exact: true }).click();
  await expect(verdict).toHaveAttribute('data-method', 'scf');

  const before = await page.getByTestId('kappa-a').textContent();
  await faceA.getByRole('slider', { name: 'Blur, face A' }).press('End');
  await expect(page.getByTestId('kappa-a')).not.toHaveText(before!, { timeout: 30_000 });

  await page.reload();
  await openPlace(page, 'Train');
  await page.getByRole('button', { name: 'Open', exact: true }).click({ timeout: 60_000 });
  const file = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the head' }).click({ timeout: 60_000 });
  expect((await file).suggestedFilename()).toMatch(/\.safetensors$/);
  expect(failures).toEqual([]);
});

test('a missing source gives an error message', async ({ page }) => {
  await page.goto(placeAddress('Train', 'preset=demo&shards=shards/nowhere/manifest.json'));
  await expect(page.getByTestId('backend')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: /^Start the/ }).click();
  await expect(page.getByRole('alert')).toContainText('nowhere/manifest.json', { timeout: 30_000 });
});
