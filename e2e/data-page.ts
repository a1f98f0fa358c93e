import { expect, type Page } from '@playwright/test';
import { placeAddress } from './places';

/** Opens the Data view. */
export async function openData(page: Page, hash = 'preset=demo', search = ''): Promise<void> {
  await page.goto(placeAddress('Data', hash, `?backend=wasm${search}`));
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

/** The value of a row in a table of facts. */
export const fact = (page: Page, table: string, name: string) =>
  page
    .getByTestId(table)
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name, exact: true }) })
    .getByRole('cell');
