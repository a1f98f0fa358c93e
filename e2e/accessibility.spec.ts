import { expect, test } from '@playwright/test';
import type { AxeResults } from 'axe-core';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { oldProfile } from './old-profile';
import { writeOriginFiles } from './origin-files';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const VIEWS = ['Train', 'Verify', 'Runs', 'Evaluate', 'Data', 'Models', 'Machine'];

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing serious in any view, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await writeOriginFiles(page, await oldProfile());
    await page.goto('/?backend=wasm&view=runs#preset=demo');
    await expect(page.getByTestId('run-row')).toHaveCount(1, { timeout: 60_000 });
    const axe = await readFile(AXE, 'utf8');
    const found: string[] = [];
    for (const view of VIEWS) {
      await page.getByRole('tab', { name: view }).click();
      await expect(page.getByRole('tabpanel', { name: view })).toBeVisible();
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() =>
        (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
      );
      for (const { id, impact, nodes } of violations)
        if (impact === 'serious' || impact === 'critical')
          found.push(...nodes.map(({ html }) => `${view}, ${id}: ${html}`));
    }
    expect(found).toEqual([]);
  });
