import { afterEach, expect, it } from 'vitest';
import { mounted } from '../../../../test/mounted';
import { studioStore, type StudioState } from '../studio-store';
import { BackendBadge } from './backend-badge';

const report: NonNullable<StudioState['backend']> = {
  backend: 'wasm',
  requested: 'auto',
  reason: 'Running on wasm with 2 threads: webgpu fails its self-test.',
  adapter: null,
  limits: null,
  features: [],
  wasmThreads: 2,
  selfTest: { passed: true, checks: [], milliseconds: 1 },
};

afterEach(() => studioStore.setState(studioStore.getInitialState()));

it.each([
  ['gray', 'Runs on the processor; WebGPU isn’t available here. Machine says why.', {}],
  ['gray', 'Runs on the processor, as was chosen under Machine.', { requested: 'wasm' }],
  ['orange', report.reason, { isFallback: true }],
  ['teal', report.reason, { backend: 'webgpu' }],
] as const)('is %s and says: %s', async (colour, words, changes) => {
  studioStore.setState({ backend: { ...report, ...changes } });
  const screen = await mounted(<BackendBadge />);
  const badge = screen.getByTestId('backend');
  expect(badge.element().getAttribute('style')).toContain(`--mantine-color-${colour}-light`);
  (badge.element() as HTMLElement).focus();
  await expect.element(screen.getByRole('tooltip')).toHaveTextContent(words);
});
