import { expect, it } from 'vitest';
import type { AvailableHead } from '../../studio/protocol';
import { evaluatedSentence, headName, isSameChoice } from './head-words';

const head = (changes: Partial<AvailableHead>): AvailableHead => ({
  kind: 'studio',
  faces: 'photographs',
  name: 'scf.safetensors',
  method: 'scf',
  step: null,
  ...changes,
});

it('names heads by where they come from', () => {
  expect(headName(head({}))).toBe('CelebA head');
  expect(headName(head({ faces: 'drawn' }))).toBe('drawn-faces head');
  expect(headName(head({ kind: 'run', faces: null, step: 900 }))).toBe('this run, step 900');
  expect(headName(head({ kind: 'file', faces: null, name: 'ckpt_e2.pt' }))).toBe('ckpt_e2.pt');
});

it('says which head an evaluation uses for each method', () => {
  expect(
    evaluatedSentence([
      head({ kind: 'run', faces: null, step: 900 }),
      head({ method: 'scf-g' }),
      head({ method: 'pfe-g' }),
    ]),
  ).toMatch(/^.+ by this run, step 900; .+, .+ by CelebA head\.$/);
  expect(evaluatedSentence([])).toBe('There is no head: only cosine.');
});

it('tells the studio’s heads apart as choices', () => {
  const auto = { kind: 'studio', faces: 'auto' } as const;
  expect(isSameChoice(auto, auto)).toBe(true);
  expect(isSameChoice(auto, { kind: 'studio', faces: 'drawn' })).toBe(false);
  expect(isSameChoice({ kind: 'run' }, { kind: 'file' })).toBe(false);
});
