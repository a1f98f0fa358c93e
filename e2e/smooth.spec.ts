import { expect, test, type Page } from '@playwright/test';

/** A task of the page's thread that whoever types or clicks would feel. */
interface Task {
  readonly duration: number;
  readonly at: number;
}

/** Tasks of more than 50 ms that the page has had since the last asking. */
const longTasks = (page: Page): Promise<Task[]> =>
  page.evaluate(async () => {
    // What has just ended is told a moment later.
    await new Promise((resolve) => setTimeout(resolve, 300));
    return (window as unknown as { longTasks: Task[] }).longTasks.splice(0);
  });

test('no task of the page takes over 50 ms while it trains and charts', async ({ page }) => {
  await page.addInitScript(() => {
    const seen: Task[] = [];
    Object.assign(window, { longTasks: seen });
    new PerformanceObserver((list) =>
      seen.push(
        ...list.getEntries().map(({ duration, startTime }) => ({ duration, at: startTime })),
      ),
    ).observe({ type: 'longtask' });
  });
  await page.goto(
    '/?backend=wasm#preset=demo&shards=shards/demo/demo-0000.tar&epochs=900&batchSize=16',
  );
  await page.getByRole('button', { name: /^Start the/ }).click({ timeout: 60_000 });
  await expect(page.getByTestId('run-state')).toHaveText('running', { timeout: 120_000 });
  await expect(page.getByText('Bytes held by the backend')).toBeVisible();
  await longTasks(page);

  await page.waitForTimeout(20_000);
  const tasks = await longTasks(page);
  await expect(page.getByTestId('run-state')).toHaveText('running');
  expect(Number(await page.getByTestId('step').textContent())).toBeGreaterThan(1000);
  expect(tasks.map(({ duration, at }) => `${duration} ms at ${Math.round(at)}`)).toEqual([]);

  // The observer does see one.
  await page.evaluate(() =>
    setTimeout(() => {
      const end = performance.now() + 80;
      while (performance.now() < end);
    }),
  );
  expect((await longTasks(page)).length).toBeGreaterThan(0);
});
