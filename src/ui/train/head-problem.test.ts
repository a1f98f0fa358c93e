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

describe('what speaks against a head', () => {
  it('is said of a run whose head is in use', () => {
    const state = { headInUse: null, collapse, isRunLoaded: true };
    expect(headProblem('run', state)).toBe('It has not learnt. Try again.');
    expect(headProblem('use', state)).toBe('It has not learnt. Try again.');
  });

  it('is said of the run on show, and of no head in use, once the run’s head is let go', () => {
    const state = { headInUse: null, collapse, isRunLoaded: false };
    expect(headProblem('run', state)).toBe('It has not learnt. Try again.');
    expect(headProblem('use', state)).toBeNull();
  });

  it('is that of the file where a head was loaded', () => {
    const state = { headInUse: fromFile, collapse, isRunLoaded: false };
    expect(headProblem('use', state)).toBe('It is of a bad run. Choose another head under Models.');
    const good = { ...state, headInUse: { ...fromFile, collapse: null } };
    expect(headProblem('use', good)).toBeNull();
  });
});
