import { beforeEach, expect, it, vi } from 'vitest';
import { mounted } from '../../../../test/mounted';
import { studioStore } from '../studio-store';
import { CopyLink } from './copy-link-button';

vi.mock('../../../studio/studio.worker.ts?worker&url', () => ({ default: 'studio.worker.js' }));

beforeEach(() => studioStore.setState(studioStore.getInitialState()));

it('says that the link was copied, in its tooltip and aloud, and then no more', async () => {
  const screen = await mounted(<CopyLink />);
  const tooltip = screen.getByRole('tooltip');
  await expect.element(screen.getByRole('button', { name: 'Copy link' })).toBeVisible();
  expect(tooltip.elements()).toHaveLength(0);
  studioStore.setState({ linkCopiedAt: 1 });
  await expect.element(tooltip).toHaveTextContent('Copied');
  await expect.element(screen.getByRole('status')).toHaveTextContent('The link was copied.');
  studioStore.setState({ linkCopiedAt: null });
  await expect.poll(() => tooltip.elements().length).toBe(0);
  await expect.element(screen.getByRole('status')).toHaveTextContent('');
});
