import { expect, it } from 'vitest';
import { mounted } from '../../../test/mounted';
import { methodNames } from '../../confidence/confidence-method';
import type { PairReport } from '../../evaluation/pair-report';
import { RocChart } from './roc-chart';

/** The values at the vertical axis, in per cent. */
const upTicks = () =>
  [...document.querySelectorAll('text[text-anchor="end"]')]
    .map(({ textContent }) => textContent)
    .filter((text) => text.endsWith(' %'))
    .map(parseFloat);

it('shows no TAR above 100 %, though every pair is told right', async () => {
  const far = [1e-3, 1e-2, 1e-1, 1];
  const method = { roc: far.map((each) => ({ far: each, tar: 1, low: 1, high: 1 })) };
  const report = {
    methods: Object.fromEntries(methodNames.slice(0, 2).map((name) => [name, method])),
    ...{ bootstrap: { over: 'people' }, draws: 1, impostor: 1000 },
  } as unknown as PairReport;
  await mounted(
    <div style={{ width: 600 }}>
      <RocChart report={report} />
    </div>,
  );
  const ticks = upTicks();
  expect(ticks).toContain(100);
  expect(Math.max(...ticks)).toBe(100);
  expect(Math.min(...ticks)).toBe(90);
});
