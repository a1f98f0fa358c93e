import type { Page } from 'playwright';
import { placeAddress } from '../e2e/places';
import { onBuiltPage } from './built-page';

/** How long the page is watched while it trains and charts. */
const WATCHED_MS = 20_000;
const SETTINGS = 'preset=demo&shards=shards/demo/demo-0000.tar&epochs=900&batchSize=16';

/**
 * The long tasks of the page's main thread, over 50 ms, while a run trains on wasm and its charts
 * are drawn: each would delay typing and clicks.
 */
export default async function smooth(): Promise<Record<string, unknown>> {
  return onBuiltPage([], async ({ address, context }) => {
    const page = await context.newPage();
    await observeLongTasks(page);
    await page.goto(new URL(placeAddress('Train', SETTINGS), address).href);
    await page.getByRole('button', { name: /^Start the/ }).click({ timeout: 60_000 });
    // The three charts that a visitor sees; `More` adds others.
    await page.getByRole('button', { name: 'More charts and files' }).waitFor({ timeout: 120_000 });
    await page.waitForTimeout(5000);
    await takeLongTasks(page);

    const firstStep = await stepOf(page);
    await page.waitForTimeout(WATCHED_MS);
    const tasks = await takeLongTasks(page);
    const lastStep = await stepOf(page);
    const state = await page.getByTestId('run-state').textContent();
    if (state !== 'running') throw new Error(`The run was ${state} before the end of the bench.`);
    return {
      seconds: WATCHED_MS / 1000,
      steps: lastStep - firstStep,
      longTasks: tasks.length,
      longestMilliseconds: Math.max(0, ...tasks),
      observesLongTasks: await observesLongTasks(page),
      browser: `Chromium ${context.browser()?.version() ?? ''}`.trim(),
    };
  });
}

/** Collects the durations of long tasks on the page's window, from its first script on. */
async function observeLongTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const durations: number[] = [];
    Object.assign(window, { longTasks: durations });
    new PerformanceObserver((list) =>
      durations.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({ type: 'longtask' });
  });
}

/** Milliseconds of each long task since the last call. */
function takeLongTasks(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    // The observer is called a moment after the task.
    await new Promise((resolve) => setTimeout(resolve, 300));
    return (window as unknown as { longTasks: number[] }).longTasks.splice(0);
  });
}

/** Whether a task of 80 ms is observed: otherwise a count of 0 would mean nothing. */
async function observesLongTasks(page: Page): Promise<boolean> {
  await page.evaluate(() =>
    setTimeout(() => {
      const end = performance.now() + 80;
      while (performance.now() < end);
    }),
  );
  return (await takeLongTasks(page)).length > 0;
}

const stepOf = async (page: Page): Promise<number> =>
  Number(await page.getByTestId('step').textContent());
