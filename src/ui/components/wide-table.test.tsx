import { expect, it } from 'vitest';
import { mounted } from '../../../test/mounted';
import { WideTable } from './wide-table';

it('scrolls by the keyboard, under a name', async () => {
  const screen = await mounted(
    <div style={{ width: 200 }}>
      <WideTable label="The figures" minWidth={600}>
        <p>1</p>
      </WideTable>
    </div>,
  );
  const region = screen.getByRole('region', { name: 'The figures' }).element() as HTMLElement;
  region.focus();
  expect(document.activeElement).toBe(region);
  expect(region.scrollWidth).toBeGreaterThan(region.clientWidth);
});
