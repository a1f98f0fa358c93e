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
  kind: 'file',
  faces: null,
  name: 'head.safetensors',
  head: 'compact',
  network: { reads: 'statistics', inputs: 1025, layers: [] },
  method: 'scf',
  step: 20,
  backboneVerified: true,
  readings: [],
  collapse: 'It is of a bad run.',
  reason: 'chosen',
};
const trained = {
  headInUse: null,
  photoHead: null,
  collapse,
  runState: 'finished',
  runReadings: [],
} as const;

describe('the problem of a head', () => {
  it('is the run’s for the run, and not for a head in use that is another', () => {
    expect(headProblem('run', trained)).toBe('It has not learnt. Try again.');
    expect(headProblem('use', trained)).toBeNull();
  });

  it('is that of the head in use, for faces and for photographs', () => {
    const state = { ...trained, headInUse: fromFile };
    expect(headProblem('use', state)).toBe('It is of a bad run. Choose another head.');
    expect(headProblem('photographs', state)).toBeNull();
    expect(headProblem('photographs', { ...trained, photoHead: fromFile })).toMatch(/bad run/);
    const good = { ...fromFile, collapse: null };
    expect(headProblem('use', { ...trained, headInUse: good })).toBeNull();
    const weak = { ...trained, headInUse: { ...good, readings: [flat] } };
    expect(headProblem('use', weak)).toMatch(/hardly varies.*Choose another head/);
  });

  it('is a κ that hardly varies, once the run has ended', () => {
    const headInUse = { ...fromFile, kind: 'run', collapse: null, readings: [flat] } as const;
    const state = { ...trained, collapse: null, runReadings: [flat], headInUse };
    for (const of of ['run', 'use'] as const) {
      expect(headProblem(of, state)).toMatch(/hardly varies/);
      expect(headProblem(of, { ...state, runState: 'running' })).toBeNull();
    }
  });
});
