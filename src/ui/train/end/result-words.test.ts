import { expect, it } from 'vitest';
import { resultWords } from './result-words';

const validation = { spearman: 0.876, images: 1000, identities: 50 };

it('says what was measured, and of what, in one sentence', () => {
  expect(resultWords('finished', validation, null, 'κ')).toEqual({
    title: 'Finished: the head has learnt',
    sentence:
      'On 1,000 pictures of 50 people that it never trained on, κ follows how near a picture is ' +
      'to its person: ρ = 0.88, where 1 is the same order and 0 is chance.',
  });
});

it('says so if the head has not learnt, hardly learnt, or was never measured', () => {
  const collapse = { kind: 'constant', message: 'κ is one.', nextStep: 'Train anew.' } as const;
  expect(resultWords('failed', validation, collapse, 'κ')).toEqual({
    title: 'Ended by a fault: the head has not learnt',
    sentence: 'κ is one. Train anew.',
  });
  const weak = resultWords('stopped', { ...validation, spearman: 0.1 }, null, 'κ');
  expect(weak.title).toBe('Stopped: the head has hardly learnt');
  expect(resultWords('stopped', null, null, 'κ').sentence).toMatch(/nothing is measured/);
  expect(resultWords('finished', { ...validation, spearman: null }, null, 'κ').sentence).toMatch(
    /can’t be ranked/,
  );
});
