import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { packTar, type TarEntry } from 'modern-tar';
import { isValidationIdentity } from '../src/faces/identity-split';
import { tarMembers } from '../src/formats/tar-stream';
import { presets } from '../src/training/run-config';

/** Few enough pictures for one pass of the backbone, which takes most of a minute in software. */
const [TRAINED_PEOPLE, HELD_OUT_PEOPLE, PICTURES] = [5, 1, 4];
const [BATCH, EPOCHS, CHECKPOINT_EVERY] = [8, 2, 2];
const TINY_RUN = `?backend=webgpu#preset=demo&shards=tiny.tar&epochs=${EPOCHS}&batchSize=${BATCH}&checkpointEvery=${CHECKPOINT_EVERY}`;
const STEPS = EPOCHS * Math.ceil((TRAINED_PEOPLE * PICTURES) / BATCH);

/** Prepended to the worker: a word from the page destroys whatever device the worker made last. */
const LOSE_THE_GPU = `{
  let lastDevice = null;
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...args) { return (lastDevice = await requestDevice.apply(this, args)); };
  const word = new BroadcastChannel('lose-the-gpu');
  word.onmessage = () => lastDevice.destroy();
}`;

/** A shard of a few people out of the demo set, one of whom the run will hold out. */
async function tinyShard(): Promise<Buffer> {
  const { seed, validationFraction } = presets.demo;
  const pictures = new Map<string, TarEntry[]>();
  const people = new Map<number, string[]>();
  for await (const { name, bytes } of tarMembers(new Blob([await readFile('public/shards/demo/demo-0000.tar')]).stream(), () => undefined)) {
    const key = name.slice(0, name.indexOf('.'));
    pictures.set(key, [...(pictures.get(key) ?? []), { header: { name, size: bytes.length }, body: bytes }]);
    if (!name.endsWith('.cls')) continue;
    const label = Number(new TextDecoder().decode(bytes));
    people.set(label, [...(people.get(label) ?? []), key]);
  }
  const enough = [...people].filter(([, keys]) => keys.length >= PICTURES);
  const chosen = [true, false].flatMap((heldOut) =>
    enough.filter(([label]) => isValidationIdentity(label, seed, validationFraction) === heldOut).slice(0, heldOut ? HELD_OUT_PEOPLE : TRAINED_PEOPLE),
  );
  return Buffer.from(await packTar(chosen.flatMap(([, keys]) => keys.slice(0, PICTURES).flatMap((key) => pictures.get(key)!))));
}

/** The run's figures as a person downloads them: one record a step. */
async function metricsOf(page: Page): Promise<Record<string, number>[]> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the metrics' }).click()]);
  const [header, ...rows] = (await readFile(await download.path(), 'utf8')).split('\n').map((line) => line.split(','));
  return rows.map((row) => Object.fromEntries(header!.map((name, column) => [name, Number(row[column])])));
}

const stepShown = async (page: Page) => Number(await page.getByTestId('step').textContent({ timeout: 60_000 }));

test('a run trains on WebGPU, and after a lost device goes on from its checkpoint on a fresh one', async ({ page, context }) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  const body = await tinyShard();
  await context.route('**/tiny.tar', (route) => route.fulfill({ status: 200, body, contentType: 'application/x-tar' }));
  await page.route('**/assets/studio.worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: LOSE_THE_GPU + (await response.text()) });
  });

  await page.goto(`/${TINY_RUN}`);
  await expect(page.getByTestId('backend')).toHaveText('webgpu', { timeout: 60_000 });
  await page.getByRole('button', { name: /^Start the/ }).click();
  await expect(page.getByTestId('run-state')).toHaveText('finished', { timeout: 120_000 });
  expect(await stepShown(page)).toBe(STEPS);
  await expect(page.getByText('Bytes held by the backend')).toBeVisible();
  const metrics = await metricsOf(page);
  expect(metrics).toHaveLength(STEPS);
  for (const step of metrics) {
    expect(step.bytesAllocated).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(step)) expect(Number.isFinite(value), name).toBe(true);
  }

  await page.getByRole('button', { name: 'Optimiser and schedule' }).click();
  await page.getByRole('textbox', { name: /^Epochs/ }).fill('300');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(page.getByTestId('run-state')).toHaveText('running', { timeout: 60_000 });
  await expect.poll(() => stepShown(page), { timeout: 60_000 }).toBeGreaterThan(STEPS);
  await page.evaluate(() => new BroadcastChannel('lose-the-gpu').postMessage(null));

  await expect(page.getByRole('alert').filter({ hasText: 'The GPU was lost' })).toContainText('Resume', { timeout: 30_000 });
  await expect(page.getByTestId('run-state')).toHaveText('failed');
  const reached = await stepShown(page);
  const offer = page.getByText(/A run saved at step \d+/);
  await expect(offer).toBeVisible({ timeout: 30_000 });
  const saved = Number(/step (\d+)/.exec((await offer.textContent())!)![1]);
  expect(reached - saved).toBeLessThanOrEqual(CHECKPOINT_EVERY);

  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await expect.poll(() => stepShown(page), { timeout: 60_000 }).toBeGreaterThan(reached);
  await expect(page.getByTestId('backend')).toHaveText('webgpu');
  expect((await metricsOf(page))[0]!.step).toBe(saved + 1);
  expect(failures).toEqual([]);
});
