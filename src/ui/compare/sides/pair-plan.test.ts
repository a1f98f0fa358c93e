import { expect, it } from 'vitest';
import type { SampleFace } from '../../../studio/protocol';
import { tellingPair } from './pair-plan';

const sample = (key: string, label: number, severity: number | null = null): SampleFace => ({
  key,
  label,
  severity,
  encoded: new Uint8Array(),
});
const keysOf = (samples: readonly SampleFace[]) => {
  const plan = tellingPair(samples);
  return plan && [...plan.a, ...plan.b].map(({ key }) => key);
};

it('shows a clean picture beside a doubtful one of the same person', () => {
  expect(
    keysOf([
      sample('1a', 1, 0),
      sample('1b', 1, 0),
      sample('2a', 2, 0),
      sample('2b', 2, 0.95),
      sample('3a', 3, 0.3),
      sample('3b', 3, 0.4),
      sample('4a', 4, 0.02),
      sample('4b', 4, 0.36),
    ]),
  ).toEqual(['4b', '4a']);
});

it('shows one person where nobody knows how spoiled pictures are, else the first two', () => {
  const unknown = [sample('1', 1), sample('2a', 2), sample('2b', 2), sample('3', 3)];
  expect(keysOf(unknown)).toEqual(['2a', '2b']);
  expect(keysOf([sample('1', 1), sample('2', 2)])).toEqual(['1', '2']);
  expect(keysOf([sample('1', 1)])).toBeNull();
});
