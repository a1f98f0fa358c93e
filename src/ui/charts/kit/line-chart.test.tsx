import { userEvent } from 'vitest/browser';
import { expect, it } from 'vitest';
import { mounted } from '../../../../test/mounted';
import type { ChartAxis } from './chart-axis';
import type { Curve } from './curve';
import { LineChart } from './line-chart';

const percent = (share: number) => `${+(100 * share).toFixed(1)} %`;
const X: ChartAxis = {
  title: 'share discarded',
  name: 'discarded',
  tick: percent,
  inFull: percent,
};
const Y: ChartAxis = { title: 'TAR', bounds: [0, 1], tick: percent, inFull: percent };
const curves: readonly Curve[] = [
  {
    ...{ name: 'cosine', colour: '#6b7280', dash: '6 3' },
    ...{ x: [0, 0.25, 0.5, 1], y: [0.9, 0.92, null, 0.99] },
    gap: 'not measurable',
  },
  {
    ...{ name: 'SCF', colour: 'var(--scf-confidence)' },
    ...{ x: [0, 0.5, 1], y: [0.8, 0.85, 1] },
    interval: { name: '95 %', low: [0.7, 0.8, 0.98], high: [0.85, 0.9, 1] },
  },
];
const shown = (chart = curves, y = Y, scheme?: 'dark') =>
  mounted(
    <div style={{ width: 640 }}>
      <LineChart title="TAR" description="Higher is better." x={X} y={y} curves={chart} />
    </div>,
    scheme,
  );
const strokes = () =>
  [...document.querySelectorAll('path.recharts-line-curve')].map((each) =>
    each.getAttribute('stroke'),
  );

/** The values at the vertical axis, in per cent. */
const upTicks = () =>
  [...document.querySelectorAll('text[text-anchor="end"]')]
    .map(({ textContent }) => textContent)
    .filter((text) => text.endsWith(' %'))
    .map(parseFloat);

it('hides a curve by its legend, and the others keep their colours', async () => {
  const screen = await shown();
  expect(strokes()).toEqual(['var(--scf-confidence)', '#6b7280']);
  const button = screen.getByRole('button', { name: 'cosine' });
  await button.click();
  await expect.element(button).toHaveAttribute('aria-pressed', 'false');
  expect(strokes()).toEqual(['var(--scf-confidence)']);
  await button.click();
  expect(strokes()).toEqual(['var(--scf-confidence)', '#6b7280']);
});

it('says the points that arrow keys come to, gaps too', async () => {
  const screen = await shown();
  const status = screen.getByRole('status');
  screen.getByRole('group').element().focus();
  await userEvent.keyboard('{ArrowRight}');
  await expect
    .element(status)
    .toHaveTextContent('discarded 0 %, cosine: 90 %, SCF: 80 %, SCF, 95 %: 70 % to 85 %');
  await userEvent.keyboard('{ArrowRight}{ArrowRight}');
  await expect
    .element(status)
    .toHaveTextContent('discarded 50 %, cosine: not measurable, SCF: 85 %');
  await userEvent.keyboard('{End}{ArrowRight}');
  await expect.element(status).toHaveTextContent('discarded 100 %, cosine: 99 %');
});

it('keeps to the bounds of an axis, also if all values are equal', async () => {
  await shown([{ name: 'perfect', colour: '#000', x: [0, 1], y: [1, 1] }]);
  const ticks = upTicks();
  expect(ticks.length).toBeGreaterThan(1);
  expect(Math.max(...ticks)).toBe(100);
  expect(Math.min(...ticks)).toBeGreaterThanOrEqual(0);
});

it('draws Recharts’ curves where its own points are read', async () => {
  const screen = await shown();
  screen.getByRole('group').element().focus();
  await userEvent.keyboard('{Home}');
  const path = document.querySelector('path.recharts-line-curve')!.getAttribute('d')!;
  const [, left, top] = /^M([\d.]+),([\d.]+)/.exec(path)!;
  const marks = [...document.querySelectorAll('svg > circle')].map((each) => [
    Number(each.getAttribute('cx')),
    Number(each.getAttribute('cy')),
  ]);
  expect(
    marks.some(([x, y]) => Math.abs(x! - Number(left)) < 0.6 && Math.abs(y! - Number(top)) < 0.6),
  ).toBe(true);
});

it('has its figures in a table for screen readers', async () => {
  const screen = await shown();
  const rows = screen.getByRole('row').elements();
  expect(rows).toHaveLength(5);
  expect(rows[3]!.textContent).toBe('0.5no value0.850.80.9');
});
