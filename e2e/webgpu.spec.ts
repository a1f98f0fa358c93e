import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { breakGpu, allowGpuFaults } from './gpu-faults';
import { tinyShard } from './tiny-shard';
import { openSettings, placeAddress, startRun } from './places';

/** Few pictures: one pass of the backbone takes most of a minute in software. */
const [TRAINED_PEOPLE, HELD_OUT_PEOPLE, PICTURES] = [5, 1, 4];
const [BATCH, EPOCHS, CHECKPOINT_EVERY] = [8, 2, 2];
const TINY_RUN =
  `preset=demo&shards=tiny.tar&epochs=${EPOCHS}` +
  `&batchSize=${BATCH}&checkpointEvery=${CHECKPOINT_EVERY}`;
const STEPS = EPOCHS * Math.ceil((TRAINED_PEOPLE * PICTURES) / BATCH);

/** Downloads the run's metrics: one record for each step. */
async function metricsOf(page: Page): Promise<Record<string, number>[]> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the metrics' }).click(),
  ]);
  const [header, ...rows] = (await readFile(await download.path(), 'utf8'))
    .split('\n')
    .map((line) => line.split(','));
  return rows.map((row) =>
    Object.fromEntries(header!.map((name, column) => [name, Number(row[column])])),
  );
}

const stepShown = async (page: Page) =>
  Number(await page.getByTestId('step').textContent({ timeout: 120_000 }));

test('a WebGPU run recovers from a lost device and from full memory', async ({ page, context }) => {
  test.setTimeout(900_000);
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  const body = await tinyShard({
    trainedPeople: TRAINED_PEOPLE,
    heldOutPeople: HELD_OUT_PEOPLE,
    pictures: PICTURES,
  });
  await context.route('**/tiny.tar', (route) =>
    route.fulfill({ status: 200, body, contentType: 'application/x-tar' }),
  );
  await allowGpuFaults(context);

  await page.goto(placeAddress('Train', TINY_RUN, '?backend=webgpu'));
  await expect(page.getByTestId('backend')).toHaveText('webgpu', { timeout: 120_000 });
  await page.getByRole('button', { name: /^Start the/ }).click();
  await expect(page.getByTestId('run-state')).toHaveText('finished', { timeout: 240_000 });
  expect(await stepShown(page)).toBe(STEPS);
  await page.getByRole('button', { name: 'More charts and files' }).click();
  await expect(page.getByText('Bytes held by the backend')).toBeVisible();
  const metrics = await metricsOf(page);
  expect(metrics).toHaveLength(STEPS);
  for (const step of metrics) {
    expect(step.bytesAllocated).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(step))
      expect(Number.isFinite(value), name).toBe(true);
  }

  await breakGpu(page, 'lose');
  const ready = page
    .getByRole('status')
    .filter({ hasText: 'The studio is ready again on a fresh device' });
  await expect(ready).toContainText('The GPU was lost', { timeout: 120_000 });
  await ready.getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByText(/A finished run/)).toBeVisible({ timeout: 30_000 });

  const settings = await openSettings(page);
  await settings.getByRole('button', { name: 'Optimiser and schedule' }).click();
  await settings.getByRole('textbox', { name: /^Epochs/ }).fill('300');
  await startRun(page);
  await expect(page.getByTestId('run-state')).toHaveText('running', { timeout: 120_000 });
  await expect.poll(() => stepShown(page), { timeout: 120_000 }).toBeGreaterThan(STEPS);
  const recovered = page.getByRole('status').filter({
    hasText: 'The run goes on by itself on a fresh device, from its checkpoint at step',
  });
  await breakGpu(page, 'lose');
  await expect(recovered).toContainText('The GPU was lost', { timeout: 120_000 });
  const saved = Number(/checkpoint at step (\d+)/.exec((await recovered.textContent())!)![1]);
  await expect
    .poll(() => stepShown(page), { timeout: 120_000 })
    .toBeGreaterThan(saved + CHECKPOINT_EVERY);
  await expect(page.getByTestId('backend')).toHaveText('webgpu');
  await recovered.getByRole('button', { name: 'Dismiss' }).click();

  await breakGpu(page, 'fill');
  await expect(recovered).toContainText(/out of memory.*differentiated in slices of 4/, {
    timeout: 120_000,
  });
  const sliced = Number(/checkpoint at step (\d+)/.exec((await recovered.textContent())!)![1]);
  await expect
    .poll(() => stepShown(page), { timeout: 120_000 })
    .toBeGreaterThan(sliced + CHECKPOINT_EVERY);
  // Repeated steps are listed once.
  const steps = (await metricsOf(page)).map(({ step }) => step);
  expect(steps).toEqual(steps.map((_, at) => at + 1));
  await expect(page.getByRole('alert')).toHaveCount(0);
  expect(failures).toEqual([]);
});
