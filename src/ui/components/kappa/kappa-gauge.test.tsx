import { describe, expect, it } from 'vitest';
import { mounted } from '../../../../test/mounted';
import type { KappaProfile } from '../../../evaluation/kappa-profile';
import { KappaGauge } from './kappa-gauge';

/** κ of all pictures from 0 to 5,000, of clean ones from 1,000 to 2,000. */
const profile: KappaProfile = {
  all: Array.from({ length: 101 }, (_, i) => 50 * i),
  clean: Array.from({ length: 101 }, (_, i) => 1000 + 10 * i),
  pictures: 300,
  cleanPictures: 100,
  spearman: 0.9,
};

describe('the gauge of κ', () => {
  it('shows its percentile, and the angle that it stands for', async () => {
    const screen = await mounted(
      <KappaGauge kappa={3955} profile={profile} dimension={512} of="face A" testId="k" />,
    );
    const meter = screen.getByRole('meter', { name: 'How sure face A is' });
    await expect.element(meter).toHaveAttribute('aria-valuenow', '79');
    await expect.element(screen.getByTestId('k')).toHaveTextContent('κ 3,955');
    await expect
      .element(screen.getByTestId('k-angle'))
      .toHaveTextContent('Sure: expected about 20° off this person’s direction.');
    // Each of its words explains itself, and nothing does so twice.
    const words = screen.getByRole('button').elements();
    expect(words.map((word) => word.textContent)).toEqual([
      'κ',
      'surer than 79 % of',
      'head',
      'validation pictures',
    ]);
  });

  it('says how little a low κ means', async () => {
    const screen = await mounted(
      <KappaGauge kappa={255} profile={profile} dimension={512} of="face B" testId="k" />,
    );
    await expect
      .element(screen.getByTestId('k-angle'))
      .toHaveTextContent('Hardly sure: expected about 66° off this person’s direction.');
  });

  it('has no place without a profile, and nothing without κ', async () => {
    const screen = await mounted(
      <>
        <KappaGauge kappa={2000} profile={null} dimension={512} of="face A" testId="a" />
        <KappaGauge kappa={null} profile={profile} dimension={512} of="face B" testId="b" />
      </>,
    );
    expect(screen.getByRole('meter').elements()).toHaveLength(0);
    await expect.element(screen.getByTestId('a-place')).toHaveTextContent(/^no percentile/);
    await expect.element(screen.getByTestId('a-angle')).toHaveTextContent(/^Expected about/);
    await expect.element(screen.getByTestId('b')).toHaveTextContent('κ –');
  });
});
