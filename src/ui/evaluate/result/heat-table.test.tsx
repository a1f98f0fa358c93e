import { expect, it } from 'vitest';
import { contrastOf } from '../../../../test/contrast';
import { mounted } from '../../../../test/mounted';
import { exampleFigure, exampleRows } from './example-rows';
import { HeatTable } from './heat-table';

it('says methods, protocols, figures with their intervals, and which is best', async () => {
  const screen = await mounted(<HeatTable rows={exampleRows} figure={exampleFigure} />);
  const table = screen.getByRole('table', { name: 'TAR at FAR 1 %: methods and protocols' });
  await expect.element(table.getByRole('columnheader', { name: /Both degraded/ })).toBeVisible();
  const row = table.getByRole('row', { name: /^PFE-G/ });
  await expect.element(row.getByRole('cell').nth(0)).toHaveTextContent('99.25 %†98.71 – 99.75');
  // On clean pairs the interval of its difference from cosine's holds zero.
  const best = screen.container.querySelectorAll('[data-best]');
  expect([...best].map((cell) => cell.textContent)).toEqual([
    '56.38 %† highest of its column, ahead of cosine54.18 – 59.51',
    '80.60 %† highest of its column, ahead of cosine78.41 – 82.72',
  ]);
});

it('shows no ring where nothing is better by more than chance, and says so', async () => {
  const rows = exampleRows.filter(({ protocol }) => protocol === 'clean');
  const screen = await mounted(<HeatTable rows={rows} figure={exampleFigure} />);
  expect(screen.container.querySelector('[data-best]')).toBeNull();
  await expect.element(screen.getByText(/^No method is ahead of cosine/)).toBeVisible();
});

it('says how many pairs a figure needs that can’t be measured', async () => {
  const rows = exampleRows.map((row) => ({
    ...row,
    cells: {
      [exampleFigure.name]: {
        ...row.cells[exampleFigure.name]!,
        value: row.protocol === 'clean' ? null : 0.9,
      },
    },
  }));
  const screen = await mounted(<HeatTable rows={rows} figure={exampleFigure} />);
  const cell = screen.getByRole('cell', { name: 'needs 1,000 pairs' });
  await expect.element(cell.first()).toBeVisible();
  expect(screen.container.querySelectorAll('[data-measured]')).toHaveLength(6);
});

it('has all its figures in view on a telephone, each with its column', async () => {
  const screen = await mounted(
    <div style={{ width: 350 }} data-testid="frame">
      <HeatTable rows={exampleRows} figure={exampleFigure} />
    </div>,
  );
  const row = screen.getByRole('row', { name: /^PFE-G/ });
  await expect.element(row.getByRole('cell').nth(2)).toHaveTextContent(/^Both degraded/);
  const { right } = screen.getByTestId('frame').element().getBoundingClientRect();
  const cells = [...screen.container.querySelectorAll('[data-measured]')];
  expect(cells).toHaveLength(9);
  for (const cell of cells) expect(cell.getBoundingClientRect().right).toBeLessThanOrEqual(right);
});

it.each(['light', 'dark'] as const)('can be read in every shade, %s', async (scheme) => {
  const screen = await mounted(<HeatTable rows={exampleRows} figure={exampleFigure} />, scheme);
  const cells = [...screen.container.querySelectorAll('[data-measured]')];
  expect(cells).toHaveLength(9);
  const fills = new Set(cells.map((cell) => getComputedStyle(cell).backgroundColor));
  expect(fills.size).toBeGreaterThan(5);
  for (const cell of cells)
    for (const text of cell.querySelectorAll('span'))
      expect(contrastOf(text, cell)).toBeGreaterThanOrEqual(4.5);
});
