import { expect, it } from 'vitest';
import { readPublishedCommand } from '../../../training/config/published/published-command';
import { publishedText } from './published-text';

it('prints settings, notes and the command again', () => {
  const text = publishedText(
    readPublishedCommand(
      'python train.py --lr 1e-4 --saved_bkb a.pth --turbo "\u001b[2J" --tensorboard',
    ),
  );
  const lines = text.split('\n');
  expect(lines[0]).toBe('The "published" preset, with');
  expect(lines).toContain('  learningRate         0.0001');
  expect(lines).toContain('  tensorboard          true');
  expect(text).toMatch(/--saved_bkb a\.pth +read otherwise +A page opens no paths/);
  expect(text).toMatch(/--turbo \S+ +unknown +--turbo is no flag/);
  expect(text).not.toContain('\u001b');
  expect(text).toMatch(/\npython train\.py \\\n/);
  expect(text).toContain('--saved_bkb a.pth \\');
});

it('says so if no setting differs from the preset', () => {
  expect(publishedText(readPublishedCommand('python train.py --seed 777')).split('\n')[0]).toBe(
    'The "published" preset, as it is.',
  );
});
