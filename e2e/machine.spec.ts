import { expect, test } from '@playwright/test';
import { placeAddress } from './places';

test('the benchmarks are measured, and their report is copied', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(placeAddress('Machine'));
  const section = page.getByRole('region', { name: 'Benchmarks' });
  await section.getByRole('button', { name: 'Measure this machine' }).click({ timeout: 60_000 });
  await section.getByRole('button', { name: 'Stop' }).click();
  await expect(section.getByRole('progressbar')).toHaveCount(0);
  await expect(section.getByTestId('benchmarks')).toHaveCount(0);

  await section.getByRole('button', { name: 'Measure this machine' }).click();
  await expect(section.getByTestId('benchmarks')).toContainText('pictures a second', {
    timeout: 120_000,
  });
  await section.getByRole('button', { name: 'Copy the figures' }).click();
  const report = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(report.machine).toMatchObject({
    backend: 'wasm',
    userAgent: expect.stringContaining('Chrome'),
  });
  // The threads that tfjs started: by default it would start one on two cores.
  expect(report.machine.wasmThreads).toBe(
    Math.min(8, report.machine.cores, Math.max(2, report.machine.cores >> 1)),
  );
  expect(report.backbone.rates.map(({ batch }: { batch: number }) => batch)).toEqual([1, 8, 32]);
  for (const rate of [...report.backbone.rates, report.head])
    expect(rate.picturesPerSecond).toBeGreaterThan(0);
  expect(report.backbone.aloneApart).toBeLessThan(1e-5);
  expect(report.bytes.late).toBe(report.bytes.early);
  await expect(page.getByRole('alert')).toHaveCount(0);
});
