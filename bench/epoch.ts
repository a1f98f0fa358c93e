import { onBuiltPage } from './built-page';
import { median } from './median';
import { hearRuns } from './told-by-run';

const [SHARDS, EPOCHS, SHARD_PICTURES] = ['shards/demo/demo-%7B0000..0001%7D.tar', 12, 800];

/** The studio's own run of two demo shards on wasm: the first epoch, which embeds every picture, and those from kept features. */
export default async function epoch(): Promise<Record<string, unknown>> {
  return onBuiltPage([], async ({ address, context }) => {
    const ends: number[] = [];
    let [begunAt, wait] = [NaN, () => undefined as void];
    const finished = new Promise<void>((resolve) => (wait = resolve));
    await hearRuns(context, ({ at, event }) => {
      if (event.type === 'run-state' && event.state === 'preparing' && Number.isNaN(begunAt)) begunAt = at;
      if (event.type === 'validation') ends.push(at);
      if (event.type === 'run-state' && event.state === 'finished') wait();
    });
    const page = await context.newPage();
    await page.goto(`${address}?backend=wasm#preset=demo&shards=${SHARDS}&epochs=${EPOCHS}`);
    await page.getByRole('button', { name: /^Start the/ }).click({ timeout: 60_000 });
    await finished;
    const seconds = ends.map((end, at) => (end - (ends[at - 1] ?? begunAt)) / 1000);
    const cached = median(seconds.slice(1));
    return { pictures: 2 * SHARD_PICTURES, epochs: ends.length, firstEpochSeconds: seconds[0], cachedEpochSeconds: cached, timesFaster: seconds[0]! / cached, browser: `Chromium ${context.browser()?.version() ?? ''}`.trim() };
  });
}
