import { describe, expect, it } from 'vitest';
import type { HeadInUse } from '../../studio/protocol';
import type { HeadReading } from '../../training/session/run-events';
import { headProblem } from './head-problem';

const collapse = { kind: 'chance', message: 'It has not learnt.', nextStep: 'Try again.' } as const;
/** κ that varies by a factor of 1.5. */
const flat: HeadReading = {
  policy: 'full',
  kappa: {
    all: Array.from({ length: 101 }, (_, i) => 400 + 2 * i),
    clean: Array.from({ length: 101 }, (_, i) => 400 + 2 * i),
    pictures: 500,
    cleanPictures: 500,
    spearman: 0.8,
  },
  distributions: [],
};
const fromFile: HeadInUse = {
  name: 'head.safetensors',
  ready: false,
  head: 'compact',
  method: 'scf',
  step: 20,
  backboneVerified: true,
  readings: [],
  collapse: 'It is of a bad run.',
};
const trained = {
  headInUse: null,
  collapse,
  isRunLoaded: true,
  runState: 'finished',
  readings: [],
} as const;

describe('the problem of a head', () => {
  it('is reported for the run and for the head in use while it is the run’s', () => {
    expect(headProblem('run', trained)).toBe('It has not learnt. Try again.');
    expect(headProblem('use', trained)).toBe('It has not learnt. Try again.');
  });

  it('is reported for the run alone once the worker has dropped its head', () => {
    const state = { ...trained, isRunLoaded: false };
    expect(headProblem('run', state)).toBe('It has not learnt. Try again.');
    expect(headProblem('use', state)).toBeNull();
  });

  it('is the file’s if a head was loaded', () => {
    const state = { ...trained, headInUse: fromFile };
    expect(headProblem('use', state)).toBe('It is of a bad run. Choose another head under Models.');
    const good = { ...state, headInUse: { ...fromFile, collapse: null } };
    expect(headProblem('use', good)).toBeNull();
    const weak = { ...state, headInUse: { ...fromFile, collapse: null, readings: [flat] } };
    expect(headProblem('use', weak)).toMatch(/hardly varies.*Choose another head/);
  });

  it('is a κ that hardly varies, once the run has ended', () => {
    const state = { ...trained, collapse: null, readings: [flat] };
    for (const of of ['run', 'use'] as const)
      expect(headProblem(of, state)).toMatch(/hardly varies/);
    expect(headProblem('run', { ...state, runState: 'running' })).toBeNull();
  });
});
