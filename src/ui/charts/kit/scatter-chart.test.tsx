import { userEvent } from 'vitest/browser';
import { expect, it, vi } from 'vitest';
import { mounted } from '../../../../test/mounted';
import { ScatterChart } from './scatter-chart';

const points = {
  ...{ name: 'a picture', colour: 'var(--scf-confidence)' },
  x: [0.9, 0.1, NaN, 0.5],
  y: [400, 100, 300, 200],
};

it('reads, opens and tells points by their own indices, from left to right', async () => {
  const [onOpen, onHover] = [vi.fn(), vi.fn()];
  const screen = await mounted(
    <div style={{ width: 600 }}>
      <ScatterChart
        title="κ"
        x={{ title: 'cos θ', bounds: [-1, 1] }}
        y={{ title: 'κ', bounds: [0, Infinity] }}
        points={points}
        textOf={(i) => `picture ${i}`}
        {...{ onOpen, onHover }}
      />
    </div>,
  );
  screen.getByRole('group').element().focus();
  await userEvent.keyboard('{ArrowRight}');
  await expect
    .element(screen.getByRole('status'))
    .toHaveTextContent('cos θ 0.1, κ: 100, picture 1');
  expect(onHover).toHaveBeenLastCalledWith(1);
  await userEvent.keyboard('{ArrowRight}{Enter}');
  expect(onOpen).toHaveBeenCalledExactlyOnceWith(3);
  await userEvent.keyboard('{Escape}{Enter}');
  expect(onHover).toHaveBeenLastCalledWith(null);
  expect(onOpen).toHaveBeenCalledOnce();
});

it('draws thousands of points as one path', async () => {
  const x = Float32Array.from({ length: 5000 }, (_, i) => i / 5000);
  await mounted(
    <div style={{ width: 600 }}>
      <ScatterChart
        title="κ"
        x={{ title: 'cos θ' }}
        y={{ title: 'κ' }}
        points={{ ...points, x, y: x }}
      />
    </div>,
  );
  const paths = [...document.querySelectorAll('svg.recharts-surface path')];
  expect(paths.some((each) => each.getAttribute('d')!.split('M').length === 5001)).toBe(true);
  expect(document.querySelectorAll('svg.recharts-surface *').length).toBeLessThan(200);
});
