import { expect, type Page } from '@playwright/test';

/** Opens the Data view. */
export async function openData(page: Page, hash = 'preset=demo', search = ''): Promise<void> {
  await page.goto(`/?backend=wasm&view=data${search}#${hash}`);
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

/** A section of the view, by its title. */
export const section = (page: Page, name: string) =>
  page.getByRole('region', { name, exact: true });
/** The value of a row in a table of facts. */
export const fact = (page: Page, table: string, name: string) =>
  page
    .getByTestId(table)
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name, exact: true }) })
    .getByRole('cell');
