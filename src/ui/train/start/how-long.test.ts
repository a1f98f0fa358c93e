import { expect, it } from 'vitest';
import type { RunPlan } from '../../../training/session/run-plan';
import { planSentence } from './how-long';

const plan: RunPlan = {
  shards: 'shards/demo/manifest.json',
  throughput: { images: 240, seconds: 10, bytesPerImage: 7000 },
  images: 4800,
  estimated: false,
  bytes: 36e6,
  embeddings: 4800,
  kept: 0,
  passes: 1,
  secondsPerPass: 200,
  features: null,
};

it('tells the time until all pictures have been read', () => {
  expect(planSentence(plan)).toMatch(/^About 3 min 20 s on this machine.* 4,800 pictures\./);
  expect(planSentence({ ...plan, passes: 3 })).toMatch(/^About 10 min.* 4,800 pictures, 3 times/);
});

it('counts features that are kept as kept', () => {
  expect(planSentence({ ...plan, kept: 4800, secondsPerPass: 0 })).toMatch(/learn at once/);
  expect(planSentence({ ...plan, kept: 1800, secondsPerPass: 125 })).toMatch(/ 3,000 pictures/);
});

it('guesses nothing', () => {
  const unknown = { ...plan, images: null, embeddings: null, secondsPerPass: null };
  expect(planSentence(unknown)).toMatch(/isn’t known/);
});
