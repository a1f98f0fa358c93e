import { describe, expect, it } from 'vitest';
import type { HeadInUse } from '../../studio/protocol';
import { headProblem } from './head-problem';

const collapse = { kind: 'chance', message: 'It has not learnt.', nextStep: 'Try again.' } as const;
const fromFile: HeadInUse = {
  name: 'head.safetensors',
  ready: false,
  head: 'compact',
  method: 'scf',
  step: 20,
  backboneVerified: true,
  collapse: 'It is of a bad run.',
};

describe('the problem of a head', () => {
  it('is reported for the run and for the head in use while it is the run’s', () => {
    const state = { headInUse: null, collapse, isRunLoaded: true };
    expect(headProblem('run', state)).toBe('It has not learnt. Try again.');
    expect(headProblem('use', state)).toBe('It has not learnt. Try again.');
  });

  it('is reported for the run alone once the worker has dropped its head', () => {
    const state = { headInUse: null, collapse, isRunLoaded: false };
    expect(headProblem('run', state)).toBe('It has not learnt. Try again.');
    expect(headProblem('use', state)).toBeNull();
  });

  it('is the file’s if a head was loaded', () => {
    const state = { headInUse: fromFile, collapse, isRunLoaded: false };
    expect(headProblem('use', state)).toBe('It is of a bad run. Choose another head under Models.');
    const good = { ...state, headInUse: { ...fromFile, collapse: null } };
    expect(headProblem('use', good)).toBeNull();
  });
});
