import { expect, it } from 'vitest';
import { isValidationIdentity } from '../../faces/identity-split';
import { demoPeople, isSameSplit, sawDemo } from './demo-people';

const DEMO = { shards: 'shards/demo/manifest.json', seed: 777, validationFraction: 0.2 };
const drawn = { run: 'drawn-scf', method: 'scf', trainedOn: DEMO, isCalibrated: true } as const;
const photos = {
  run: 'pfe-g',
  method: 'pfe-g',
  trainedOn: { ...DEMO, shards: 'celeba-train' },
  isCalibrated: false,
} as const;

it('knows the demo set by its address in the page, on the command line and on a disk', () => {
  for (const shards of ['shards/demo/manifest.json', 'public/shards/demo', '/x/shards/demo/'])
    expect(sawDemo({ ...DEMO, shards })).toBe(true);
  for (const shards of ['celeba-train', 'shards/demo-2', 'files:demo', 'my-shards/demo/a.tar'])
    expect(sawDemo({ ...DEMO, shards })).toBe(false);
  expect(sawDemo(null)).toBe(false);
  expect(isSameSplit(DEMO, { ...DEMO, shards: 'public/shards/demo' })).toBe(true);
  expect(isSameSplit(DEMO, { ...DEMO, seed: 1 })).toBe(false);
});

it('takes the people that a head was validated on, and none that it has trained on', () => {
  const { labels, notes } = demoPeople(240, [drawn, photos]);
  expect(labels.size).toBe(50);
  for (const label of labels) expect(isValidationIdentity(label, 777, 0.2)).toBe(true);
  expect(notes).toEqual([
    '50 of the 240 drawn people of the demo set, held out by seed 777 when the head of SCF ' +
      'learnt from the others.',
    'The two numbers of SCF, calibrated, were fitted on pairs of these people, and the training ' +
      'was watched on them.',
    'The heads of PFE-G learnt from other pictures: these are new to them.',
  ]);
});

it('takes those of a run’s own seed and share, and never more than sixty', () => {
  const trainedOn = { ...DEMO, seed: 5, validationFraction: 0.5 };
  const { labels } = demoPeople(240, [{ ...drawn, trainedOn }]);
  expect(labels.size).toBe(60);
  for (const label of labels) expect(isValidationIdentity(label, 5, 0.5)).toBe(true);
});

it('says so where nothing is known of a head, and where no head saw the set', () => {
  expect(demoPeople(240, [{ ...drawn, trainedOn: null }]).notes).toEqual([
    '60 of the 240 drawn people of the demo set, from which no head in use is known to have ' +
      'learnt.',
    'Nothing says which people the heads of SCF learnt from.',
  ]);
});

it('refuses heads that leave too few people, with a next step', () => {
  const other = { ...drawn, method: 'scf-g', trainedOn: { ...DEMO, seed: 5 } } as const;
  expect(() => demoPeople(240, [drawn, other])).toThrow(
    /^Only \d+ of the 240 people .* held out when SCF, SCF-G learnt; 20 are needed\.$/,
  );
});
