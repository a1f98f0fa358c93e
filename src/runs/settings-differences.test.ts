import { expect, it } from 'vitest';
import { presets, type RunConfig } from '../training/config/run-config';
import { differenceWords, differingSettings } from './settings-differences';

const demo = presets.demo;
const changed = (changes: Partial<RunConfig>): RunConfig => ({ ...demo, ...changes });

it('says what another run does otherwise', () => {
  const other = changed({ method: 'scf-g', learningRate: 8e-3, flip: true, centres: 'arcface' });
  expect(differenceWords(demo, other)).toBe(
    'scf-g instead of scf, lr ×2, with flip, centres arcface instead of first-pass',
  );
  expect(differenceWords(other, demo)).toBe(
    'scf instead of scf-g, lr ÷2, without flip, centres first-pass instead of arcface',
  );
  expect(differenceWords(demo, { ...demo })).toBe('');
});

it.each([
  [{ epochs: 45 }, 'epochs 45 instead of 30'],
  [{ epochs: 31 }, 'epochs 31 instead of 30'],
  [{ patience: 3 }, 'patience 3 instead of 0'],
  [{ learningRate: 4e-4 }, 'lr ÷10'],
  [{ seed: 1554 }, 'seed 1554 instead of 777'],
  [{ preset: 'published' as const, epochs: 45 }, 'epochs 45 instead of 30'],
  [{ centreFiles: 'fc.pt' }, 'centreFiles fc.pt instead of none'],
])('%j', (changes, words) => expect(differenceWords(demo, changed(changes))).toBe(words));

it('lists the settings in which several runs differ', () => {
  const runs = [demo, changed({ seed: 1 }), changed({ seed: 2, epochs: 5 })];
  expect(differingSettings(runs)).toEqual([
    { name: 'seed', values: [777, 1, 2] },
    { name: 'epochs', values: [30, 30, 5] },
  ]);
  expect(differingSettings([demo])).toEqual([]);
});
