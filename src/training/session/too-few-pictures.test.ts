import { describe, expect, it } from 'vitest';
import { isValidationIdentity } from '../../faces/identity-split';
import { tooFewNextStep } from './too-few-pictures';

describe('the next step for a data set that is too small', () => {
  it.each([
    [
      'nobody is held out',
      { training: 40, validation: 0, needed: 32 },
      /more people, or raise the share held out/,
    ],
    [
      'nobody is held out, and training is short',
      { training: 20, validation: 0, needed: 32 },
      /raise .* and lower the batch/,
    ],
    [
      'all are held out',
      { training: 0, validation: 40, needed: 1 },
      /more people, or lower the share held out/,
    ],
    [
      'a batch is short',
      { training: 20, validation: 20, needed: 32 },
      /to 20 or less or the share held out/,
    ],
    [
      'both together make no batch',
      { training: 20, validation: 4, needed: 32 },
      /to 20 or less\.$/,
    ],
    [
      'nobody has two pictures',
      { training: 0, validation: 0, needed: 32 },
      /two pictures or more each/,
    ],
    [
      'an epoch made no batch',
      { training: null, validation: 3, needed: 32 },
      /more pictures, or lower the batch size\.$/,
    ],
    [
      'an epoch held nobody out',
      { training: null, validation: 0, needed: 32 },
      /raise the share held out \(valid/,
    ],
  ])('if %s', (_, found, helps) => {
    expect(tooFewNextStep(found)).toMatch(helps);
  });

  it('may raise the share held out: a larger one holds out the same people and more', () => {
    const heldOut = (fraction: number) =>
      Array.from({ length: 200 }, (_, label) => label).filter((label) =>
        isValidationIdentity(label, 777, fraction),
      );
    const [low, high] = [heldOut(0.1), heldOut(0.3)];
    expect(high.length).toBeGreaterThan(low.length);
    expect(high).toEqual(expect.arrayContaining(low));
  });
});
