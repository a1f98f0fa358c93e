import type { Page } from 'playwright';
import type { MachineFigures } from '../src/training/session/measure-machine';
import { onBuiltPage } from './built-page';
import { median } from './median';
import { listenToRuns } from './run-events';
import { openPlace, placeAddress } from '../e2e/places';

const [SHARDS, EPOCHS, SHARD_PICTURES] = ['shards/demo/demo-%7B0000..0001%7D.tar', 12, 800];

/**
 * The studio's own run of two demo shards on wasm: the first epoch, which embeds every picture, and
 * those from kept features; and the backbone alone, as the Machine view measures it, before and
 * after.
 */
export default async function epoch(): Promise<Record<string, unknown>> {
  return onBuiltPage([], async ({ address, context }) => {
    const ends: number[] = [];
    let [begunAt, wait] = [NaN, () => undefined as void];
    const finished = new Promise<void>((resolve) => (wait = resolve));
    await listenToRuns(context, ({ at, event }) => {
      if (event.type === 'run-state' && event.state === 'preparing' && Number.isNaN(begunAt))
        begunAt = at;
      if (event.type === 'validation') ends.push(at);
      if (event.type === 'run-state' && event.state === 'finished') wait();
    });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    await page.goto(
      new URL(placeAddress('Machine', `preset=demo&shards=${SHARDS}&epochs=${EPOCHS}`), address)
        .href,
    );
    const before = await backboneRate(page);
    await openPlace(page, 'Train');
    await page.getByRole('button', { name: /^Start the/ }).click({ timeout: 60_000 });
    await finished;
    const after = await backboneRate(page);
    const seconds = ends.map((end, at) => (end - (ends[at - 1] ?? begunAt)) / 1000);
    const cached = median(seconds.slice(1));
    const pictures = 2 * SHARD_PICTURES;
    return {
      pictures,
      epochs: ends.length,
      firstEpochSeconds: seconds[0],
      cachedEpochSeconds: cached,
      timesFaster: seconds[0]! / cached,
      backbonePicturesPerSecond: [before, after],
      ofBackbone: pictures / seconds[0]! / ((before + after) / 2),
      browser: `Chromium ${context.browser()?.version() ?? ''}`.trim(),
    };
  });
}

/** Pictures a second of the backbone alone, in the batches that a run sends it. */
async function backboneRate(page: Page): Promise<number> {
  await openPlace(page, 'Machine');
  const section = page.getByRole('region', { name: 'Benchmarks' });
  await section.getByRole('button', { name: /^Measure/ }).click({ timeout: 60_000 });
  await section.getByRole('progressbar').waitFor();
  await section.getByRole('progressbar').waitFor({ state: 'detached', timeout: 120_000 });
  await section.getByRole('button', { name: 'Copy the figures' }).click();
  const { backbone } = JSON.parse(
    await page.evaluate(() => navigator.clipboard.readText()),
  ) as MachineFigures;
  return backbone.rates.at(-1)!.picturesPerSecond;
}
